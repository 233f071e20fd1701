*filter
:INPUT
-p udp -m udp --sport 53;=;OK
-p udp -m udp ! --sport 53 ! --dport 1:5;=;OK
-p udp -m udp --dport 5:3;=;OK
-p udp --dport ntp;-p udp -m udp --dport 123;OK
-p udp --dport ssh;-p udp -m udp --dport 22;OK
-p udp --dport 65536;-p udp -m udp --dport 0;OK
-p udp --dport 010;-p udp -m udp --dport 10;OK
-p udp --dport 53:;-p udp -m udp --dport 53:65535;OK
-p udp --dport :;-p udp -m udp;OK
-p 17 --destination-port domain;-p udp -m udp --dport 53;OK
-p udp --dport 0x35;;FAIL
-p udp --dport nosuchservice;;FAIL
-p udp --dport 1:2:3;;FAIL
-p udp --dport 1 --dport 2;;FAIL
-m udp --dport 1;;FAIL
