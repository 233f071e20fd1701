*filter
:FORWARD
-i eth0 -o eth1;=;OK
! -i eth+ ! -o wg0;=;OK
-i +;;OK
! -o +;;OK
-i abcdefghijklmno;=;OK
-i abcdefghijklmnop;;FAIL
-i "";;FAIL
-p tcp;=;OK
! -p 6;! -p tcp;OK
-p 253;=;OK
-p TCP;-p tcp;OK
-p all;;OK
-p 0;;OK
-p icmpv6;-p ipv6-icmp;OK
-p 4;-p ipencap;OK
-p mh;-p mobility-header;OK
! -p all;;FAIL
-p 256;;FAIL
-p nosuchprotocol;;FAIL
-p tcp -p udp;;FAIL
-c 5 10;;OK
-c 5,10;;OK
-c 5;;FAIL
-c a b;;FAIL
-ptcp;;FAIL
-p tcp -mcomment --comment=x -gFORWARD;;FAIL
-mcomment --comment=x;-m comment --comment x;OK
--in-interface eth0 --out-interface eth1 --protocol udp --jump DROP;-i eth0 -o eth1 -p udp -j DROP;OK
--in-int eth0 --prot udp --ju DROP;-i eth0 -p udp -j DROP;OK
--in-interface=eth0;;FAIL
--protocol=udp;;FAIL
--jump=DROP;;FAIL
--match=tcp -p tcp;-p tcp -m tcp;OK
-v -j DROP;-j DROP;OK
-n -j DROP;;FAIL
-x -j DROP;;FAIL
--line-numbers -j DROP;;FAIL
-t filter -j DROP;;FAIL
-w -j DROP;;FAIL
-A INPUT;;FAIL
-D INPUT;;FAIL
-Y;;FAIL
foo;;FAIL
!;;FAIL
! ! -i eth0;;FAIL
! -m tcp;;FAIL
-m "comment" --comment "a"b;;FAIL
"-j" "DROP";-j DROP;OK
-j"DROP";;FAIL
family 4
-s 10.0.0.1;-s 10.0.0.1/32;OK
! -s 10.0.0.0/8 ! -d 192.168.0.0/16;=;OK
-s 10.1.2.3/8;-s 10.0.0.0/8;OK
-s 10.1.2.3/255.255.0.0;-s 10.1.0.0/16;OK
-s 10.1.2.3/255.0.255.0;-s 10.0.2.0/255.0.255.0;OK
-s 0.0.0.0/0;;OK
! -s 0.0.0.0/0;=;OK
-s any/0;;OK
-s 10;-s 10.0.0.0/32;OK
-s 10.1;-s 10.1.0.0/32;OK
-s 0x0a.010.1.1;-s 10.8.1.1/32;OK
--src 1.2.3.4 --dst 5.6.7.8;-s 1.2.3.4/32 -d 5.6.7.8/32;OK
--source 1.2.3.4 --dest 5.6.7.8;-s 1.2.3.4/32 -d 5.6.7.8/32;OK
--so 1.2.3.4;-s 1.2.3.4/32;OK
-p tcp -m tcp --so 1.2.3.4;;FAIL
-s 1.2.3.4 -s 1.2.3.5;;FAIL
-s 256.1.1.1;;FAIL
-s 1.2.3.4.5;;FAIL
-s 1.2.3.4/33;;FAIL
-s 1.2.3.4/;;FAIL
-s ::1;;FAIL
-s;;FAIL
! -s 1.2.3.4,5.6.7.8;;FAIL
-s 1.2.3.4 ! -d 1.2.3.4,5.6.7.8;;FAIL
-f;=;OK
! -f;=;OK
-fi eth0;-i eth0 -f;OK
-4 -j DROP;-j DROP;OK
family 6
-s ::1;-s ::1/128;OK
! -s 2001:db8::1/32 ! -d fe80::/10;! -s 2001:db8::/32 ! -d fe80::/10;OK
-s 2001:db8::1/ffff::ffff;-s 2001::1/ffff::ffff;OK
-s 2001:db8::/ffff:ffff::;-s 2001:db8::/32;OK
-s ::/0;;OK
! -s ::/0;=;OK
-s ::ffff:1.2.3.4;-s ::ffff:1.2.3.4/128;OK
-s ::102:304;-s ::1.2.3.4/128;OK
-s 1:0:0:2:0:0:0:3;-s 1:0:0:2::3/128;OK
-s 1:2:3:4:5:6:7::;-s 1:2:3:4:5:6:7:0/128;OK
-s 1:2:3:4:5:6:7:8:9;;FAIL
-s 1::2::3;;FAIL
-s 12345::;;FAIL
-s ::1/129;;FAIL
-s ::1.2.3.256;;FAIL
-s ::01.2.3.4;;FAIL
-s 10.0.0.1;;FAIL
-f;;FAIL
-6 -j DROP;-j DROP;OK
:INPUT
-i eth0;=;OK
-o eth0;;FAIL
:OUTPUT
-o eth0;=;OK
-i eth0;;FAIL
