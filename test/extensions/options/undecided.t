unknown never
*filter
family 4
:FORWARD
-p tcp -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460;=;OK
-m cgroup --cgroup 5;;FAIL
-m devgroup --src-group 5 ! --dst-group 6;-m devgroup --src-group 0x5 ! --dst-group 0x6;OK
-m socket;;FAIL
family 4
:INPUT
-m cgroup --cgroup 5;=;OK
-m cpu --cpu 5;=;OK
-m devgroup --src-group 5;-m devgroup --src-group 0x5;OK
-p tcp -m osf --genre Linux;=;OK
-m socket;=;OK
-m owner --uid-owner 5;;FAIL
-m cpu ! --cpu 0;=;OK
-m cpu --cpu 4294967295;=;OK
-m cgroup ! --cgroup 5;=;OK
-m cgroup;;FAIL
-m devgroup --src-group 0x1/0xff;=;OK
-m devgroup ! --src-group default;=;OK
-m devgroup --dst-group 6;;FAIL
-p tcp -m osf ! --genre Linux --ttl 2 --log 1;=;OK
-p tcp -m osf --genre Linux --ttl 3;;FAIL
-m osf --genre Linux;;FAIL
-m socket --transparent --nowildcard --restore-skmark;=;OK
-p tcp -j SYNPROXY;=;OK
-j SYNPROXY;;FAIL
-p tcp -j SYNPROXY --wscale 70000 --mss 70000;-p tcp -j SYNPROXY --wscale 112 --mss 4464;OK
-m owner;;FAIL
family 4
:OUTPUT
-m owner --uid-owner 5;=;OK
-m owner --uid-owner root;-m owner --uid-owner 0;OK
-m owner --uid-owner 0-10 ! --gid-owner 5 --suppl-groups --socket-exists;-m owner --socket-exists --uid-owner 0-10 ! --gid-owner 5 --suppl-groups;OK
-m owner --uid-owner 10-0;;FAIL
-m owner --uid-owner 1000:1001;-m owner --uid-owner 1000-1001;OK
-m owner --uid-owner nosuchuser;;FAIL
-m owner --uid-owner 4294967295;;FAIL
-m owner --suppl-groups;;FAIL
-m owner --gid-owner daemon;-m owner --gid-owner 1;OK
-m devgroup --src-group 6;;FAIL
-p tcp -m osf --genre Linux;;FAIL
-p tcp -j SYNPROXY;;FAIL
family 6
:INPUT
-p tcp -j SYNPROXY --wscale 300 --mss 70000;-p tcp -j SYNPROXY --wscale 44 --mss 4464;OK
family 6
:OUTPUT
-m owner --uid-owner 1000;=;OK
*mangle
family 4
:FORWARD
-p tcp -j SYNPROXY --ecn;=;OK
-p tcp -j TPROXY --on-port 1;;FAIL
family 4
:POSTROUTING
-m owner ! --socket-exists;=;OK
family 4
:PREROUTING
-p tcp -j TPROXY --on-port 1234 --tproxy-mark 1/1;-p tcp -j TPROXY --on-port 1234 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1;OK
-j TPROXY --on-port 1;;FAIL
-p icmp -j TPROXY --on-port 1;;FAIL
-p udp -j TPROXY --on-port domain --on-ip 10.0.0.1;-p udp -j TPROXY --on-port 53 --on-ip 10.0.0.1 --tproxy-mark 0x0/0x0;OK
-p udp -j TPROXY --on-ip 10.0.0.1;;FAIL
family 6
:PREROUTING
-m socket --nowildcard;=;OK
-p udp -j TPROXY --on-port 0 --on-ip ::1 --tproxy-mark 5;-p udp -j TPROXY --on-port 0 --on-ip ::1 --tproxy-mark 0x5/0xffffffff;OK
*raw
family 4
:PREROUTING
-m socket;=;OK
-p udp -j TPROXY --on-port 5;;FAIL
