*filter
family 4
:FORWARD
-m physdev --physdev-in br0;=;OK
-m policy --dir in --pol none;=;OK
-m realm --realm 5;-m realm --realm 0x5;OK
-m physdev --physdev-in a+ ! --physdev-out b --physdev-is-bridged;=;OK
-m physdev --physdev-is-in ! --physdev-is-out --physdev-is-bridged;=;OK
-m physdev --physdev-in 1234567890123456;;FAIL
-m policy --dir in --pol ipsec --strict --reqid 1 --spi 0x5 --proto esp --mode tunnel --tunnel-src 10.0.0.0/8 --tunnel-dst 1.2.3.4 --next ! --reqid 5;-m policy --dir in --pol ipsec --strict --reqid 1 --spi 0x5 --proto esp --mode tunnel --tunnel-dst 1.2.3.4 --tunnel-src 10.0.0.0/8 --next ! --reqid 5;OK
-m policy --dir in;-m policy --dir in --pol ipsec;OK
-m policy --pol none;;FAIL
-m policy --dir foo --pol none;;FAIL
-m policy --dir in --pol none --strict;;FAIL
-m policy --dir in --pol none --reqid 5;-m policy --dir in --pol none;OK
-m policy --dir in --pol ipsec --proto tcp;;FAIL
-m policy --dir in --pol ipsec --strict;;FAIL
-m policy --dir in --pol ipsec --next;;FAIL
-m policy --dir in --pol ipsec --reqid 1 --reqid 2;;FAIL
-m policy --dir in --pol ipsec --tunnel-src 1.2.3.4;;FAIL
-m policy --dir in --pol ipsec ! --mode transport --tunnel-src 1.2.3.4/255.255.0.255;-m policy --dir in --pol ipsec ! --mode transport --tunnel-src 1.2.3.4;OK
-m policy --dir in --pol ipsec --mode foo;;FAIL
-m policy --dir in --dir out --pol ipsec;;FAIL
-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2 --next --reqid 3 --next --reqid 4;=;OK
-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2 --next --reqid 3 --next --reqid 4 --next --reqid 5;;FAIL
-m policy --dir in --pol ipsec --proto ah --spi 7;-m policy --dir in --pol ipsec --spi 0x7 --proto ah;OK
-m policy --dir in --pol ipsec --proto comp;;FAIL
-m policy --dir in --pol ipsec --proto ipcomp;=;OK
family 4
:INPUT
-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 0xdead;-m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 2 --cluster-hash-seed 0x0000dead;OK
-m helper --helper ftp;=;OK
-m time --timestart 05:00;-m time --timestart 05:00:00 --timestop 23:59:59 --datestop 2038-01-19T03:14:07;OK
-m realm --realm 0x10/0xff;=;OK
-m time --weekdays Mon,Tu,3;-m time --weekdays Mon,Tue,Wed --datestop 2038-01-19T03:14:07;OK
-m time --weekdays Mon,Tu,3,8;-m time --weekdays Mon,Tue,Wed --datestop 2038-01-19T03:14:07;OK
-m time --weekdays 0;;FAIL
-m time --weekdays Mo ! --monthdays 1,2,31 --kerneltz;-m time --monthdays 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30 --weekdays Mon --datestop 2038-01-19T03:14:07 --kerneltz;OK
-m time --datestart 2020 --datestop 2020-05-06T07:08:09 --utc;-m time --datestart 2020-01-01T00:00:00 --datestop 2020-05-06T07:08:09;OK
-m time;-m time --datestop 2038-01-19T03:14:07;OK
-m time --timestart 23:00 --timestop 01:00 --contiguous;-m time --timestart 23:00:00 --timestop 01:00:00 --datestop 2038-01-19T03:14:07 --contiguous;OK
-m time --timestart 01:00 --timestop 23:00 --contiguous;;FAIL
-m time --monthdays 32;;FAIL
-m time --datestart 2020-13;;FAIL
-m time --datestart 2039;;FAIL
-m time --datestart 2038-12-31;-m time --datestart 2038-12-31T00:00:00 --datestop 2038-01-19T03:14:07;OK
-m time --datestart 1970;-m time --datestop 2038-01-19T03:14:07;OK
-m time --timestart 24:00;;FAIL
-m time --timestart 5;;FAIL
-m time --weekdays Foo;;FAIL
-m time --localtz;-m time --datestop 2038-01-19T03:14:07 --kerneltz;OK
-m policy --dir out --pol none;;FAIL
-m rpfilter;;FAIL
-m helper ! --helper ftp-2121;=;OK
-m helper --helper "";=;OK
-m helper --helper "a b";=;OK
-m helper --helper 123456789012345678901234567890;-m helper --helper 12345678901234567890123456789;OK
-m cluster --cluster-total-nodes 32 ! --cluster-local-nodemask 3 --cluster-hash-seed 1;-m cluster ! --cluster-local-nodemask 0x00000003 --cluster-total-nodes 32 --cluster-hash-seed 0x00000001;OK
-m cluster --cluster-total-nodes 2 --cluster-local-node 3 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 33 --cluster-local-node 3 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 2 --cluster-local-nodemask 4 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 2 --cluster-local-nodemask 1 --cluster-local-node 1 --cluster-hash-seed 1;;FAIL
-m realm --realm 0;-m realm --realm cosmos;OK
-m realm ! --realm cosmos;=;OK
-m physdev;;FAIL
family 4
:OUTPUT
-m physdev --physdev-out b;;FAIL
-m physdev --physdev-out b --physdev-is-bridged;=;OK
-m physdev --physdev-out b ! --physdev-is-bridged;;FAIL
-m physdev ! --physdev-is-out;;FAIL
-m policy --dir in --pol none;;FAIL
family 6
:FORWARD
-m policy --dir out --pol ipsec --mode tunnel --tunnel-src 2001:db8::/32 --tunnel-dst ::1;-m policy --dir out --pol ipsec --mode tunnel --tunnel-dst ::1 --tunnel-src 2001:db8::/32;OK
family 6
:INPUT
-m time --weekdays Sun --datestart 2021-02-28T10:11:12;-m time --weekdays Sun --datestart 2021-02-28T10:11:12 --datestop 2038-01-19T03:14:07;OK
*mangle
family 4
:PREROUTING
-m rpfilter --invert;=;OK
*raw
family 4
:OUTPUT
-m rpfilter;;FAIL
family 4
:PREROUTING
-m rpfilter;=;OK
-m realm --realm 1;;FAIL
-m realm ! --realm cosmos;;FAIL
-m rpfilter --loose --validmark --accept-local --invert;=;OK
