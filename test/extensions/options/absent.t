# What the running kernel has no module for: checked with the programs alone, a stand-in answering for the kernel.
without kernel
*filter
family 6
:INPUT
-j ULOG;;FAIL
-j CLUSTERIP;;FAIL
unknown never
*filter
family
:INPUT
-m ipvs --ipvs;=;OK
-m ipvs ! --ipvs;=;OK
-m ipvs;;FAIL
-m ipvs --ipvs --ipvs;;FAIL
-m ipvs --ipvs --vport 5;-m ipvs --vport 5;OK
-m ipvs --vport 5 ! --ipvs;;FAIL
-m ipvs --vproto tcp;-m ipvs --vproto 6;OK
-m ipvs ! --vproto udp;-m ipvs ! --vproto 17;OK
-m ipvs --vproto 0x6;-m ipvs --vproto 6;OK
-m ipvs --vproto 0;=;OK
-m ipvs --vproto 256;;FAIL
-m ipvs --vproto foo;;FAIL
-m ipvs --vproto tcp --vport 7 ! --vproto udp;;FAIL
-m ipvs --vport ssh;-m ipvs --vport 22;OK
-m ipvs --vport 65535;=;OK
-m ipvs --vport 65536;-m ipvs --vport 0;OK
-m ipvs --vport 1:2;;FAIL
-m ipvs --vdir Original;-m ipvs --vdir ORIGINAL;OK
-m ipvs --vdir ORIG;;FAIL
-m ipvs ! --vdir REPLY;;FAIL
-m ipvs ! --vport 7 --vdir REPLY;=;OK
-m ipvs --vmethod gate;-m ipvs --vmethod GATE;OK
-m ipvs ! --vmethod MASQ;=;OK
-m ipvs --vmethod x;;FAIL
-m ipvs ! --vportctl ftp;-m ipvs ! --vportctl 21;OK
family 4
-m ipvs --vaddr 1.2.3.4;=;OK
-m ipvs --vaddr 1.2.3.4/24;=;OK
-m ipvs ! --vaddr 0.0.0.0/0;=;OK
-m ipvs --vaddr ::1;;FAIL
-m ipvs --vmethod IPIP --vportctl 5 --vdir REPLY --vport 7 --vaddr 1.2.3.4 --vproto 6 --ipvs;-m ipvs --vproto 6 --vaddr 1.2.3.4 --vport 7 --vdir REPLY --vmethod IPIP --vportctl 5;OK
-j ULOG;=;OK
-j ULOG --ulog-prefix "ab c" --ulog-nlgroup 32 --ulog-cprange 5 --ulog-qthreshold 50;=;OK
-j ULOG --ulog-nlgroup 1 --ulog-cprange 0 --ulog-qthreshold 1;-j ULOG;OK
-j ULOG --ulog-nlgroup 33;;FAIL
-j ULOG --ulog-nlgroup 0;;FAIL
-j ULOG --ulog-cprange 0x10;-j ULOG --ulog-cprange 16;OK
-j ULOG --ulog-qthreshold 0;;FAIL
-j ULOG --ulog-qthreshold 51;;FAIL
-j ULOG --ulog-prefix "";;FAIL
-j ULOG --ulog-prefix xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;-j ULOG --ulog-prefix xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;OK
-d 192.0.2.9/32 -i eth0 -j CLUSTERIP --new --hashmode sourceip --clustermac 01:00:5E:00:00:20 --total-nodes 2 --local-node 1 --hash-init 0;=;OK
-d 192.0.2.9/32 -i eth0 -j CLUSTERIP --new --hashmode sourceip-sourceport-destport --clustermac 01:02:3:04:05:ab --total-nodes 16 --local-node 16 --hash-init 0xffffffff;-d 192.0.2.9/32 -i eth0 -j CLUSTERIP --new --hashmode sourceip-sourceport-destport --clustermac 01:02:03:04:05:AB --total-nodes 16 --local-node 16 --hash-init 4294967295;OK
-d 192.0.2.9/32 -i eth0 -j CLUSTERIP --local-node 5 --new --clustermac 01:02:03:04:05:06 --hashmode sourceip-sourceport --total-nodes 3;-d 192.0.2.9/32 -i eth0 -j CLUSTERIP --new --hashmode sourceip-sourceport --clustermac 01:02:03:04:05:06 --total-nodes 3 --local-node 5 --hash-init 0;OK
-d 192.0.2.9/32 -i eth0 -j CLUSTERIP;=;OK
-j CLUSTERIP --new;;FAIL
-j CLUSTERIP --hash-init 5;;FAIL
-j CLUSTERIP --new --hashmode SOURCEIP --clustermac 01:02:03:04:05:06 --total-nodes 2 --local-node 1;;FAIL
-j CLUSTERIP --new --hashmode sourceip --clustermac 00:02:03:04:05:06 --total-nodes 2 --local-node 1;;FAIL
-j CLUSTERIP --new --hashmode sourceip --clustermac 01:02:03:04:05:06 --total-nodes 17 --local-node 1;;FAIL
-j CLUSTERIP --new --hashmode sourceip --clustermac 01:02:03:04:05:06 --total-nodes 2 --local-node 17;;FAIL
-j CLUSTERIP --new --hashmode sourceip --clustermac 01:02:03:04:05:06 --total-nodes 2 --local-node 1 --hash-init 4294967296;;FAIL
-j CLUSTERIP ! --new --hashmode sourceip --clustermac 01:02:03:04:05:06 --total-nodes 2 --local-node 1;;FAIL
-j CLUSTERIP --hashmode sourceip --clustermac 01:02:03:04:05:06 --total-nodes 2 --local-node 1;;FAIL
family 6
-m ipvs --vaddr 2001:db8::1/64 --vport 80;=;OK
-m ipvs --vaddr 1.2.3.4;;FAIL
