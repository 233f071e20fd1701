*filter
:INPUT
-j ACCEPT;=;OK
-j DROP;=;OK
-j RETURN;=;OK
-j QUEUE;=;OK
;=;OK
-j accept;;FAIL
-j NOSUCHTARGET;;FAIL
-j INPUT;;FAIL
-g ACCEPT;;FAIL
-j ACCEPT -j DROP;;FAIL
-j ACCEPT --log-prefix x;;FAIL
! -j DROP;;FAIL
-j "";;FAIL
-j LOG;=;OK
-j LOG --log-prefix "hello: " --log-level 7 --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid --log-macdecode;=;OK
-j LOG --log-level warning;-j LOG;OK
-j LOG --log-level debug;-j LOG --log-level 7;OK
-j LOG --log-prefix 1234567890123456789012345678901;-j LOG --log-prefix 12345678901234567890123456789;OK
-j LOG --log-prefix "";;FAIL
-j LOG --log-level 8;;FAIL
-j LOG --log-level loud;;FAIL
-j LOG --log-uid --log-uid;;FAIL
-j NFLOG;=;OK
-j NFLOG --nflog-prefix "a b" --nflog-group 65535 --nflog-size 0 --nflog-threshold 1;=;OK
-j NFLOG --nflog-range 1;=;OK
-j NFLOG --nflog-group 0 --nflog-range 0 --nflog-threshold 0;-j NFLOG;OK
-j NFLOG --nflog-group 65536;;FAIL
-j NFLOG --nflog-size 4294967296;;FAIL
-j NFLOG --nflog-size 1 --nflog-range 1;;FAIL
-j NFLOG --nflog-prefix "";;FAIL
-p tcp -j REJECT --reject-with tcp-reset;=;OK
-j REJECT --reject-with tcp-reset;;FAIL
! -p tcp -j REJECT --reject-with tcp-reset;;FAIL
-j REJECT --reject-with foo;;FAIL
-j TOS --set-tos 1;;FAIL
-j NOTRACK;;FAIL
family 4
-j REJECT;-j REJECT --reject-with icmp-port-unreachable;OK
-j REJECT --reject-with icmp-net-unreachable;=;OK
-j REJECT --reject-with icmp-host-unreachable;=;OK
-j REJECT --reject-with icmp-proto-unreachable;=;OK
-j REJECT --reject-with icmp-net-prohibited;=;OK
-j REJECT --reject-with icmp-host-prohibited;=;OK
-j REJECT --reject-with icmp-admin-prohibited;=;OK
-j REJECT --reject-with icmp;-j REJECT --reject-with icmp-net-unreachable;OK
-j REJECT --reject-with ADMIN;-j REJECT --reject-with icmp-admin-prohibited;OK
-j REJECT --reject-with icmp6-no-route;;FAIL
family 6
-j REJECT;-j REJECT --reject-with icmp6-port-unreachable;OK
-j REJECT --reject-with icmp6-no-route;=;OK
-j REJECT --reject-with icmp6-adm-prohibited;=;OK
-j REJECT --reject-with icmp6-addr-unreachable;=;OK
-j REJECT --reject-with icmp6-policy-fail;=;OK
-j REJECT --reject-with icmp6-reject-route;=;OK
-j REJECT --reject-with icmp-net-unreachable;;FAIL
*mangle
:PREROUTING
-j REJECT;;FAIL
-j NOTRACK;;FAIL
-j TOS --set-tos 0x10/0xff;=;OK
-j TOS --set-tos Normal-Service;-j TOS --set-tos 0x00/0x3f;OK
-j TOS --and-tos 0xf;-j TOS --set-tos 0x00/0xf0;OK
-j TOS --or-tos 0xf;-j TOS --set-tos 0x0f/0x0f;OK
-j TOS --xor-tos 0xf;-j TOS --set-tos 0x0f/0x00;OK
-j TOS --set-tos 256;;FAIL
-j TOS --and-tos 1 --or-tos 2;;FAIL
-j TOS;;FAIL
-j DSCP --set-dscp 0x00;=;OK
-j DSCP --set-dscp-class CS7;-j DSCP --set-dscp 0x38;OK
-j DSCP --set-dscp 64;;FAIL
-j DSCP --set-dscp 1 --set-dscp-class EF;;FAIL
-j DSCP;;FAIL
family 4
-j TTL --ttl-set 0;=;OK
-j TTL --ttl-inc 255;=;OK
-j TTL --ttl-dec 1;=;OK
-j TTL --ttl-dec 0;;FAIL
-j TTL --ttl-set 256;;FAIL
-j TTL --ttl-set 1 --ttl-dec 1;;FAIL
-j TTL;;FAIL
-j HL --hl-set 1;;FAIL
family 6
-j HL --hl-set 0;=;OK
-j HL --hl-inc 255;=;OK
-j HL --hl-dec 1;=;OK
-j HL --hl-inc 0;;FAIL
-j HL;;FAIL
-j TTL --ttl-set 1;;FAIL
*raw
:PREROUTING
-j NOTRACK;=;OK
-j CT --notrack;=;OK
-j NOTRACK --notrack;;FAIL
-j CT --notrack --notrack;;FAIL
-j CT --foo;;FAIL
-j CT;=;OK
-j CT --zone 5;=;OK
-j CT --zone 0;-j CT;OK
-j CT --zone MARK;-j CT --zone mark;OK
-j CT --zone 65535;=;OK
-j CT --zone 65536;;FAIL
-j CT --zone 0x10;-j CT --zone 16;OK
-j CT --zone 010;-j CT --zone 8;OK
-j CT --zone -1;;FAIL
-j CT --zone "";;FAIL
-j CT --zone 5 --zone 6;;FAIL
-j CT ! --zone 5;;FAIL
-j CT --zone-orig 1;=;OK
-j CT --zone-reply 2;=;OK
-j CT --zone-orig 1 --zone-reply 2;-j CT --zone 2;OK
-j CT --zone-orig 0;-j CT;OK
-j CT --zone-orig mark --zone 5;-j CT --zone-orig mark;OK
-j CT --zone 5 --zone-orig 0;-j CT;OK
-j CT --zone-reply mark;=;OK
-j CT --notrack --zone 5;=;OK
-j CT --notrack --helper ftp;=;OK
-j CT --ctevents secmark,new,mark,natseqinfo,helper,protoinfo,assured,reply,destroy,related;-j CT --ctevents new,related,destroy,reply,assured,protoinfo,helper,mark,natseqinfo,secmark;OK
-j CT --ctevents new,new;-j CT --ctevents new;OK
-j CT --ctevents NEW;;FAIL
-j CT --ctevents new,foo;;FAIL
-j CT --ctevents "";;FAIL
-j CT --expevents new;=;OK
-j CT --expevents destroy;;FAIL
-j CT --expevents new --ctevents mark --zone 4;-j CT --ctevents mark --expevents new --zone 4;OK
-p tcp -j CT --helper ftp;=;OK
-p udp -j CT --zone-orig 7 --helper tftp;-p udp -j CT --helper tftp --zone-orig 7;OK
-p udp -j CT --helper sip;=;OK
-p tcp -j CT --helper sip;=;OK
-j CT --helper ftp;;FAIL
! -p tcp -j CT --helper ftp;;FAIL
-p udp -j CT --helper ftp;;FAIL
-p tcp -j CT --helper "";-p tcp -j CT;OK
-p tcp -j CT --helper nosuch;;FAIL
-p tcp -j CT --helper ftp --helper sip;;FAIL
-p udp -j CT --timeout slow;;FAIL
-j CT --timeout "";-j CT;OK
family 4
-p tcp -j CT --helper irc;=;OK
-p udp -j CT --helper netbios-ns;=;OK
family 6
-p tcp -j CT --helper irc;;FAIL
-p udp -j CT --helper amanda;=;OK
*mangle
:PREROUTING
-j CT --zone 1;;FAIL
