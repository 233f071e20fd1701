*filter
:INPUT
family 4
-p icmp -m icmp --icmp-type any;=;OK
-p icmp -m icmp ! --icmp-type 8;=;OK
-p icmp -m icmp --icmp-type 3/1;=;OK
-p icmp --icmp-type echo-request;-p icmp -m icmp --icmp-type 8;OK
-p icmp --icmp-type PING;-p icmp -m icmp --icmp-type 8;OK
-p icmp --icmp-type host-unk;-p icmp -m icmp --icmp-type 3/7;OK
-p icmp --icmp-type 255;-p icmp -m icmp --icmp-type any;OK
-p icmp --icmp-type 3/1:5;-p icmp -m icmp --icmp-type 3/1;OK
-p icmp --icmp-type 8:8;-p icmp -m icmp --icmp-type 8;OK
-p icmp --icmp-type 0x8/0;-p icmp -m icmp --icmp-type 8/0;OK
-p icmp --icmp-type echo;;FAIL
-p icmp --icmp-type 8:9;;FAIL
-p icmp --icmp-type 256;;FAIL
-p icmp --icmp-type 3/;;FAIL
-p icmp --icmp-type 3/256;;FAIL
-p icmp --icmp-type 3/1x;;FAIL
-p icmp --icmp-type nosuchtype;;FAIL
-p icmp -m icmp;;FAIL
-m icmp --icmp-type 8;;FAIL
-p icmp -m icmp6 --icmpv6-type 128;;FAIL
family 6
-p ipv6-icmp -m icmp6 --icmpv6-type 128;=;OK
-p ipv6-icmp -m icmp6 ! --icmpv6-type 1/3;=;OK
-p icmpv6 -m icmpv6 --icmpv6-type neighbor-solicitation;-p ipv6-icmp -m icmp6 --icmpv6-type 135;OK
-p 58 --icmpv6-type packet-too-big;-p ipv6-icmp -m icmp6 --icmpv6-type 2;OK
-p icmpv6 --icmpv6-type any;;FAIL
-p icmp -m icmp --icmp-type 8;;FAIL
-m icmp6 --icmpv6-type 128;;FAIL
