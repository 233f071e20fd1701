*nat
:POSTROUTING
family 4
-j SNAT --to-source 1.2.3.4;=;OK
-j SNAT --to-source 1.2.3.4-1.2.3.9 --persistent --random;-j SNAT --to-source 1.2.3.4-1.2.3.9 --random --persistent;OK
-j SNAT --to-source 1.2.3.9-1.2.3.4;=;OK
-j SNAT --to-source 1.2.3.4-1.2.3.4;-j SNAT --to-source 1.2.3.4;OK
-j SNAT --to-source 1.2.3.4:80;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:80-90 --random-fully;=;OK
-p tcp -j SNAT --to-source :80-90;=;OK
-p tcp -j SNAT --to-source [1.2.3.4]:80;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:http;-p tcp -j SNAT --to-source 1.2.3.4:80;OK
-p tcp -j SNAT --to-source 1.2.3.4:http-90;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:80-http;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:90-80;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:80:90;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:0;=;OK
-p tcp -j SNAT --to-source 1.2.3.4:65536;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4-1.2.3.9:80-90;=;OK
! -p tcp -j SNAT --to-source 1.2.3.4:5;=;OK
-j SNAT --to-source 1.2.3.4:5 -p tcp;;FAIL
-p icmp -j SNAT --to-source 1.2.3.4:5-6;=;OK
-p sctp -j SNAT --to-source 1.2.3.4:5-6;=;OK
-p udplite -j SNAT --to-source 1.2.3.4:5-6;;FAIL
-p tcp -j SNAT --to-source 1.2.3.4:0x10-020;-p tcp -j SNAT --to-source 1.2.3.4:16;OK
-j SNAT --to-source 1.2.3;;FAIL
-j SNAT --to-source "";;FAIL
-j SNAT --to-source localhost;;FAIL
-j SNAT;;FAIL
-j SNAT --to-source 1.2.3.4 --to-source 1.2.3.5;;FAIL
-j SNAT --to-source 0.0.0.0;=;OK
-j SNAT --random;;FAIL
-j MASQUERADE;=;OK
-j MASQUERADE --random --random-fully;=;OK
-p tcp -j MASQUERADE --to-ports 1000-2000 --random;=;OK
-p tcp -j MASQUERADE --to-ports :1000;;FAIL
-j MASQUERADE --to-ports 1000;;FAIL
-j MASQUERADE --persistent;;FAIL
-j NETMAP --to 1.2.3.0/24;=;OK
-j NETMAP --to 1.2.3.4;-j NETMAP --to 1.2.3.4/32;OK
-j NETMAP --to 1.2.3.4/24;-j NETMAP --to 1.2.3.0/24;OK
-j NETMAP --to 1.2.3.0/255.255.0.255;-j NETMAP --to 1.2.3.0/32;OK
-j NETMAP --to 1.2.3.0/255.255.255.0;-j NETMAP --to 1.2.3.0/24;OK
-j NETMAP --to 0.0.0.0/0;=;OK
-j NETMAP --to 1.2.3.0/33;-j NETMAP --to 1.2.3.0/32;OK
-j NETMAP;;FAIL
-j NETMAP --to 1.2/16;-j NETMAP --to 1.0.0.0/16;OK
-j NETMAP --to 1.2.3.0/24 --to 1.2.4.0/24;;FAIL
-p tcp -j SNAT --to-source []:5;;FAIL
*nat
:PREROUTING
family 4
-j DNAT --to-destination 1.2.3.4 --random --persistent;=;OK
-j DNAT --to-destination 1.2.3.4 --random-fully;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/1000;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/http;-p tcp -j DNAT --to-destination 1.2.3.4:80-90/80;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/0;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4:80/7;;FAIL
-p tcp -j DNAT --to-destination :80-90/1000;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4-1.2.3.7;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/1000x;-p tcp -j DNAT --to-destination 1.2.3.4:80-90/1000;OK
-p tcp -j DNAT --to-destination 1.2.3.4:80-90/70000;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4-1.2.3.5:80-;;FAIL
-p udp -m udp -j DNAT --to-destination 1.2.3.4:08;;FAIL
-p udp -m udp -j DNAT --to-destination 1.2.3.4:+8;-p udp -m udp -j DNAT --to-destination 1.2.3.4:8;OK
-j REDIRECT;=;OK
-j REDIRECT --random;=;OK
-p udp -j REDIRECT --to-ports 53;=;OK
-p udp -j REDIRECT --to-ports 53-54 --random;=;OK
-p udp -j REDIRECT --to-ports 53-54/9;;FAIL
-p udp -j REDIRECT --to-ports domain;-p udp -j REDIRECT --to-ports 53;OK
-p tcp -j REDIRECT --to-ports 53-;;FAIL
-p tcp -j REDIRECT --to-port 53;-p tcp -j REDIRECT --to-ports 53;OK
! -p tcp -j DNAT --to-destination 1.2.3.4:5;=;OK
-p all -j DNAT --to-destination 1.2.3.4:5;;FAIL
-p dccp -j DNAT --to-destination 1.2.3.4:5;=;OK
-p tcp -j DNAT --to-destination 1.2.3.4-:5;;FAIL
-p tcp -j DNAT --to-destination -1.2.3.4:5;;FAIL
-p tcp -j DNAT --to-destination 1.2.3.4:5-7-9;;FAIL
*nat
:POSTROUTING
family 6
-j SNAT --to-source 2001:db8::1;=;OK
-j SNAT --to-source 2001:db8::1-2001:db8::9 --random-fully --persistent;=;OK
-j SNAT --to-source [2001:db8::1];-j SNAT --to-source 2001:db8::1;OK
-p tcp -j SNAT --to-source [2001:db8::1]:80;=;OK
-p tcp -j SNAT --to-source [2001:db8::1-2001:db8::3]:80-90;=;OK
-p tcp -j SNAT --to-source 2001:db8::1:80;=;OK
-p tcp -j SNAT --to-source :80;=;OK
-p tcp -j SNAT --to-source []:80;-p tcp -j SNAT --to-source :80;OK
-p tcp -j SNAT --to-source ::80;=;OK
-p icmpv6 -j SNAT --to-source [2001:db8::1]:80-90;;FAIL
-p icmp -j SNAT --to-source [2001:db8::1]:80-90;=;OK
-p tcp -j SNAT --to-source [2001:db8::1]-[2001:db8::3]:80;;FAIL
-p tcp -j SNAT --to-source [2001:db8::1:80;;FAIL
-p tcp -j SNAT --to-source 2001:db8::1]:80;;FAIL
-j SNAT --to-source 1.2.3.4;;FAIL
-j MASQUERADE --random-fully;=;OK
-p tcp -j MASQUERADE --to-ports 10-20;=;OK
-j NETMAP --to 2001:db8::/64;=;OK
-j NETMAP --to 2001:db8::1/64;-j NETMAP --to 2001:db8::/64;OK
-j NETMAP --to 2001:db8::1;-j NETMAP --to 2001:db8::1/128;OK
-j NETMAP --to ::/0;=;OK
-j NETMAP --to 2001:db8::/ffff:ffff::;-j NETMAP --to 2001:db8::/32;OK
-j NETMAP --to 2001:db8::/ffff:0:ffff::;-j NETMAP --to 2001:db8::/128;OK
*nat
:PREROUTING
family 6
-p tcp -j DNAT --to-destination [2001:db8::1]:80-90/50;=;OK
-p tcp -j DNAT --to-destination :80-90/50;=;OK
-p tcp -j REDIRECT --to-ports 10-20/5;;FAIL
-p tcp -j REDIRECT --to-ports 10-20 --random;=;OK
*mangle
:POSTROUTING
family 6
-j SNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;=;OK
-j SNPT --src-pfx 2001:db8:1::/64 --dst-pfx 2001:db8:2::/48;=;OK
-j SNPT --src-pfx 2001:db8:1::1/48 --dst-pfx 2001:db8:2::/48;;FAIL
-j SNPT --src-pfx 2001:db8:1::1/128 --dst-pfx 2001:db8:2::/48;;FAIL
-j SNPT --src-pfx 2001:db8:1::/48;;FAIL
-j SNPT --src-pfx 2001:db8:1:: --dst-pfx 2001:db8:2::;;FAIL
-j SNPT --src-pfx 2001:db8:1::/56 --dst-pfx 2001:db8:2::/56;=;OK
-j SNPT --src-pfx 2001:db8:1:1::/64 --dst-pfx 2001:db8:2:2::/64;=;OK
*mangle
:PREROUTING
family 6
-j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;=;OK
-j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/ffff:ffff:ffff::;-j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;OK
-j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/ffff:0:ffff::;;FAIL
*nat
:INPUT
-j DNAT --to-destination ::1;;FAIL
-j MASQUERADE;;FAIL
-j REDIRECT;;FAIL
family 4
-j SNAT --to-source 10.0.0.1;=;OK
-j NETMAP --to 10.0.0.0/24;=;OK
:OUTPUT
family
-j REDIRECT;=;OK
-j MASQUERADE;;FAIL
family 4
-j DNAT --to-destination 10.0.0.1;=;OK
-j SNAT --to-source 10.0.0.1;;FAIL
:POSTROUTING
family
-j REDIRECT;;FAIL
family 4
-j DNAT --to-destination 10.0.0.1;;FAIL
*filter
:INPUT
-j MASQUERADE;;FAIL
-j REDIRECT;;FAIL
family 4
-j SNAT --to-source 10.0.0.1;;FAIL
-j NETMAP --to 10.0.0.0/24;;FAIL
*mangle
:PREROUTING
family 6
-j SNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;;FAIL
:POSTROUTING
family 6
-j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;;FAIL
*nat
:PREROUTING
family 6
-j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;;FAIL
*nat
family 4
:PREROUTING
-j NETMAP --to 10.0.0.0/33;-j NETMAP --to 10.0.0.0/32;OK
-j NETMAP --to 10.0.0.0/x;;FAIL
*mangle
family 6
:POSTROUTING
-j SNPT --src-pfx 2001:db8:1::/64 --dst-pfx ::/32;=;OK
