*filter
family 4
:FORWARD
-j CLASSIFY --set-class 1:ffff;-j CLASSIFY --set-class 0001:ffff;OK
-p tcp -j ECN --ecn-tcp-remove;;FAIL
-j HMARK --hmark-tuple src --hmark-mod 7 --hmark-rnd 5;-j HMARK --hmark-src-prefix 32 --hmark-rnd 0x00000005 --hmark-mod 7;OK
-j IDLETIMER --timeout 4294967295 --label foo;;FAIL
-j NFQUEUE;-j NFQUEUE --queue-num 0;OK
-j NFQUEUE --queue-num 65535 --queue-bypass;=;OK
-j NFQUEUE --queue-balance 0:7 --queue-bypass --queue-cpu-fanout;=;OK
-j NFQUEUE --queue-balance 7:0;;FAIL
-j NFQUEUE --queue-balance 7;;FAIL
-j NFQUEUE --queue-balance 0:65535;;FAIL
-j NFQUEUE --queue-cpu-fanout;;FAIL
-j NFQUEUE --queue-num 1 --queue-balance 0:1;;FAIL
-j NFQUEUE --queue-num 65536;;FAIL
-j NFQUEUE --queue-bypass;-j NFQUEUE --queue-num 0 --queue-bypass;OK
-j RATEEST --rateest-name foo --rateest-interval 1s --rateest-ewmalog 2s;-j RATEEST --rateest-name foo --rateest-interval 1.0s --rateest-ewmalog 2.0s;OK
-j RATEEST --rateest-name foo --rateest-interval 0.25 --rateest-ewmalog 500ms;;FAIL
-j RATEEST --rateest-name foo --rateest-interval 8s --rateest-ewmalog 100s;-j RATEEST --rateest-name foo --rateest-interval 8.0s --rateest-ewmalog 64.0s;OK
-j RATEEST --rateest-name foo --rateest-interval 9s --rateest-ewmalog 100s;;FAIL
-j RATEEST --rateest-name foo --rateest-interval 250000 --rateest-ewmalog 1000000us;-j RATEEST --rateest-name foo --rateest-interval 250.0ms --rateest-ewmalog 1.0s;OK
-j RATEEST --rateest-name foo --rateest-interval 250ms --rateest-ewmalog 100ms;;FAIL
-j RATEEST --rateest-name foo --rateest-interval x --rateest-ewmalog 100ms;;FAIL
-j RATEEST --rateest-name 1234567890123456 --rateest-interval 1s --rateest-ewmalog 2s;-j RATEEST --rateest-name 123456789012345 --rateest-interval 1.0s --rateest-ewmalog 2.0s;OK
-j RATEEST --rateest-name 123456789012345 --rateest-interval 1s --rateest-ewmalog 2s;-j RATEEST --rateest-name 123456789012345 --rateest-interval 1.0s --rateest-ewmalog 2.0s;OK
-j RATEEST --rateest-name foo --rateest-interval 1s;;FAIL
-j TEE --gateway 1.2.3.4 --oif eth0;=;OK
-j TEE --gateway 0.0.0.0;;FAIL
-j TEE;;FAIL
-j TEE --gateway 1.2.3.4 --oif 1234567890123456;-j TEE --gateway 1.2.3.4 --oif 123456789012345;OK
family 4
:INPUT
-j AUDIT --type DROP;-j AUDIT --type drop;OK
-j AUDIT --type foo;;FAIL
-j AUDIT;;FAIL
-j CHECKSUM --checksum-fill;;FAIL
-j CLASSIFY --set-class 1:ffff;;FAIL
-j CONNSECMARK --restore;;FAIL
-p tcp --syn -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
-j TRACE;;FAIL
family 4
:OUTPUT
-p tcp -j TCPOPTSTRIP --strip-options 3;;FAIL
family 6
:FORWARD
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
-j NFQUEUE --queue-num 3;=;OK
*mangle
family 4
:FORWARD
-j AUDIT --type accept;=;OK
-j CHECKSUM --checksum-fill;=;OK
-j CLASSIFY --set-class 1:10;-j CLASSIFY --set-class 0001:0010;OK
-j CONNSECMARK --save;=;OK
-p tcp -j ECN --ecn-tcp-remove;=;OK
-j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 10 --hmark-rnd 0xdeadbeef --hmark-offset 1;-j HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-sport-mask 0xffff --hmark-dport-mask 0xffff --hmark-rnd 0xdeadbeef --hmark-mod 10 --hmark-offset 1;OK
-j IDLETIMER --timeout 5 --label foo;=;OK
-j NFQUEUE --queue-num 1;=;OK
-j RATEEST --rateest-name foo --rateest-interval 250ms --rateest-ewmalog 500ms;-j RATEEST --rateest-name foo --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
-p tcp -j TCPOPTSTRIP --strip-options mss,sack;-p tcp -j TCPOPTSTRIP --strip-options 2,5;OK
-j TEE --gateway 1.2.3.4;=;OK
-p tcp -j ECN --ecn-tcp-cwr 1 --ecn-tcp-ece 0 --ecn-ip-ect 3;-p tcp -j ECN --ecn-tcp-ece 0 --ecn-tcp-cwr 1 --ecn-ip-ect 3;OK
-p tcp -j ECN --ecn-tcp-cwr 0 --ecn-tcp-ece 0;-p tcp -j ECN --ecn-tcp-remove;OK
-p tcp -j ECN --ecn-tcp-remove --ecn-ip-ect 1;-p tcp -j ECN --ecn-tcp-ece 0 --ecn-tcp-cwr 0 --ecn-ip-ect 1;OK
-j ECN --ecn-ip-ect 0;=;OK
-j ECN --ecn-tcp-remove;;FAIL
! -p tcp -j ECN --ecn-tcp-remove;;FAIL
-p tcp -j ECN --ecn-tcp-remove --ecn-tcp-cwr 1;;FAIL
-p tcp -j ECN;;FAIL
-p tcp -j ECN --ecn-tcp-cwr 2;;FAIL
-j HMARK --hmark-tuple ct --hmark-mod 7 --hmark-rnd 5;-j HMARK --hmark-rnd 0x00000005 --hmark-mod 7 --hmark-tuple ct;OK
-j HMARK --hmark-tuple ct,src,dst --hmark-mod 7 --hmark-rnd 5;-j HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-rnd 0x00000005 --hmark-mod 7 --hmark-tuple ct;OK
-j HMARK --hmark-tuple src --hmark-mod 0 --hmark-rnd 5;;FAIL
-j HMARK --hmark-tuple src --hmark-mod 5;;FAIL
-j HMARK --hmark-tuple s --hmark-mod 5 --hmark-rnd 1;-j HMARK --hmark-src-prefix 32 --hmark-rnd 0x00000001 --hmark-mod 5;OK
-j HMARK --hmark-tuple sp,dp,proto --hmark-mod 5 --hmark-rnd 1;-j HMARK --hmark-sport-mask 0xffff --hmark-dport-mask 0xffff --hmark-proto-mask 0xffff --hmark-rnd 0x00000001 --hmark-mod 5;OK
-j HMARK --hmark-tuple foo --hmark-mod 5 --hmark-rnd 1;;FAIL
-j HMARK --hmark-tuple src, --hmark-mod 5 --hmark-rnd 1;;FAIL
-j HMARK --hmark-mod 5 --hmark-rnd 1;;FAIL
-j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 255.255.0.0 --hmark-sport-mask 0xff --hmark-dport-mask 0xf00 --hmark-sport 1 --hmark-dport 2 --hmark-proto-mask 0xff --hmark-mod 100 --hmark-rnd 0xcafe --hmark-offset 1000;-j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 16 --hmark-sport-mask 0x00ff --hmark-dport-mask 0x0f00 --hmark-sport 0x0001 --hmark-dport 0x0002 --hmark-proto-mask 0xff --hmark-rnd 0x0000cafe --hmark-mod 100 --hmark-offset 1000;OK
-j HMARK --hmark-spi-mask 0xff --hmark-spi 1 --hmark-mod 100 --hmark-rnd 0xcafe;-j HMARK --hmark-spi-mask 0x000000ff --hmark-spi 0x00000001 --hmark-rnd 0x0000cafe --hmark-mod 100;OK
-j HMARK --hmark-spi-mask 0xff --hmark-sport-mask 1 --hmark-mod 100 --hmark-rnd 0xcafe;;FAIL
-j HMARK --hmark-src-prefix 24 --hmark-spi 1 --hmark-sport 1 --hmark-mod 100 --hmark-rnd 0xcafe;;FAIL
-j HMARK --hmark-tuple spi --hmark-mod 100 --hmark-rnd 0xcafe;-j HMARK --hmark-spi-mask 0xffffffff --hmark-rnd 0x0000cafe --hmark-mod 100;OK
-j HMARK --hmark-proto-mask 0x1ff --hmark-mod 100 --hmark-rnd 0xcafe;-j HMARK --hmark-proto-mask 0x1ff --hmark-rnd 0x0000cafe --hmark-mod 100;OK
-j IDLETIMER --timeout 5 --label foo --alarm;=;OK
-j IDLETIMER --timeout 0 --label foo;;FAIL
-j IDLETIMER --timeout 5;;FAIL
-j IDLETIMER --timeout 5 --label 1234567890123456789012345678;-j IDLETIMER --timeout 5 --label 123456789012345678901234567;OK
-j IDLETIMER --timeout 5 --label 123456789012345678901234567;=;OK
-p tcp --syn -j TCPMSS --set-mss 0;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 0;OK
-p tcp --syn -j TCPMSS --set-mss 65515;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65515;OK
-p tcp --syn -j TCPMSS --set-mss 65516;;FAIL
-p tcp ! --syn -j TCPMSS --set-mss 1000;;FAIL
-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000;OK
-p tcp --tcp-flags ALL SYN,ACK -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG SYN,ACK -j TCPMSS --set-mss 1000;OK
-p tcp --tcp-flags ALL ACK -j TCPMSS --set-mss 1000;;FAIL
-p tcp -j TCPMSS --set-mss 1000;;FAIL
-j TCPMSS --set-mss 1000;;FAIL
-j TEE --gateway 10.1;-j TEE --gateway 10.0.0.1;OK
-j TCPMSS --set-mss 1000 -p tcp -m tcp --syn;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
family 4
:INPUT
-j CHECKSUM;;FAIL
-j CONNSECMARK --restore --save;;FAIL
-j CONNSECMARK;;FAIL
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;;FAIL
family 4
:OUTPUT
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu --set-mss 5;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 5;OK
-p tcp --syn -j TCPMSS;;FAIL
-p tcp -j TCPOPTSTRIP;=;OK
-p tcp -j TCPOPTSTRIP --strip-options wscale,mss,sack-permitted,sack,timestamp,md5,0xff;-p tcp -j TCPOPTSTRIP --strip-options 2,3,4,5,8,19,255;OK
-p tcp -j TCPOPTSTRIP --strip-options 1;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options 2,mss;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options foo;;FAIL
-p tcp -j TCPOPTSTRIP --strip-options 256;;FAIL
-j TCPOPTSTRIP --strip-options 3;;FAIL
family 4
:POSTROUTING
-j CLASSIFY --set-class 12345:23456;-j CLASSIFY --set-class 2345:3456;OK
-j CLASSIFY --set-class 0x1:0x2zzz;-j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class 1;;FAIL
-j CLASSIFY --set-class 1:;;FAIL
-j CLASSIFY --set-class 1:-1;-j CLASSIFY --set-class 0001:ffff;OK
family 4
:PREROUTING
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;;FAIL
-j SECMARK;;FAIL
family 6
:FORWARD
-p tcp -j ECN --ecn-tcp-remove;;FAIL
-j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 100 --hmark-rnd 0xcafe --hmark-src-prefix 64;;FAIL
-j HMARK --hmark-src-prefix 64 --hmark-mod 100 --hmark-rnd 0xcafe;-j HMARK --hmark-src-prefix 64 --hmark-rnd 0x0000cafe --hmark-mod 100;OK
-p tcp --syn -j TCPMSS --set-mss 65495;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65495;OK
-p tcp --syn -j TCPMSS --set-mss 65496;;FAIL
-j TEE --gateway 2001:db8::1;=;OK
-j CHECKSUM --checksum-fill;=;OK
-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu;=;OK
-p tcp -j TCPOPTSTRIP --strip-options timestamp;-p tcp -j TCPOPTSTRIP --strip-options 8;OK
*raw
family 4
:OUTPUT
-j TRACE;=;OK
family 4
:PREROUTING
-j TRACE;=;OK
family 6
:PREROUTING
-j TRACE;=;OK
*security
family 4
:INPUT
-j CONNSECMARK --restore;=;OK
*mangle
family 4
:PREROUTING
-p tcp -j ECN --ecn-ip-ect 1 --ecn-tcp-remove;-p tcp -j ECN --ecn-tcp-remove;OK
-p tcp -j HMARK --hmark-src-prefix 24 --hmark-tuple src --hmark-mod 7 --hmark-rnd 1;-p tcp -j HMARK --hmark-src-prefix 32 --hmark-rnd 0x00000001 --hmark-mod 7;OK
-p tcp -j HMARK --hmark-tuple src --hmark-src-prefix 24 --hmark-mod 7 --hmark-rnd 1;;FAIL
-j HMARK --hmark-tuple src --hmark-mod 7 --hmark-rnd 1 --hmark-offset 0;-j HMARK --hmark-src-prefix 32 --hmark-rnd 0x00000001 --hmark-mod 7 --hmark-offset 0;OK
family
:FORWARD
-j IDLETIMER --timeout 2147483 --label foo;;FAIL
-j IDLETIMER --timeout 5 --label power;;FAIL
-j NFQUEUE --queue-balance 1:;-j NFQUEUE --queue-balance 1:65535;OK
-m time --weekdays Mon,;-m time --weekdays Mon --datestop 2038-01-19T03:14:07;OK
