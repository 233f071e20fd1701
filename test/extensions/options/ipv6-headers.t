*filter
family 6
:FORWARD
-m rt --rt-type 0;=;OK
-m rt --rt-type 0 ! --rt-segsleft 1:23 ! --rt-len 42 --rt-0-res --rt-0-addrs ::1,::2 --rt-0-not-strict;=;OK
-m rt --rt-0-res --rt-type 0;;FAIL
-m rt ! --rt-type 0 --rt-0-res;;FAIL
-m rt --rt-type 1 --rt-0-addrs ::1;;FAIL
-m rt --rt-type 0 --rt-0-not-strict;;FAIL
-m rt --rt-type 0 --rt-0-addrs foo;;FAIL
-m rt --rt-segsleft 3;=;OK
-m rt;=;OK
-m frag --fragid 5:3 --fraglen 5 --fragres --fragfirst --fragmore;=;OK
-m frag --fragmore --fraglast;;FAIL
-m frag ! --fragid 0: ! --fraglen 0 --fraglast;-m frag ! --fraglen 0 --fraglast;OK
-m frag;=;OK
-m dst ! --dst-len 42 --dst-opts 149:92,12:12,123:12;=;OK
-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16;=;OK
-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17;;FAIL
-m dst --dst-opts 0:5;;FAIL
-m dst --dst-opts 5:255;-m dst --dst-opts 5;OK
-m dst --dst-opts 300:300;-m dst --dst-opts 44:44;OK
-m dst --dst-opts x;;FAIL
-m dst ! --dst-opts 5;;FAIL
-m dst;=;OK
-m hbh --hbh-len 8 --hbh-opts 5:2,0;=;OK
-m hbh --hbh-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16:1;;FAIL
-m hbh --hbh-opts 1,;;FAIL
family 6
:INPUT
-m dst --dst-len 5;=;OK
-m eui64;=;OK
-m frag --fragid 5;=;OK
-m hbh --hbh-len 5;=;OK
-m ipv6header --header hop;-m ipv6header --header hop-by-hop;OK
-p mobility-header -m mh --mh-type 1;=;OK
-m ah --ahlen 0;-m ah;OK
-m ah ! --ahspi 0: ! --ahlen 5 --ahres;-m ah ! --ahlen 5 --ahres;OK
-m ipv6header --header hop,dst,route,frag,auth,esp,none,prot --soft;-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,protocol --soft;OK
-m ipv6header ! --header ipv6-opts,ah,tcp;;FAIL
-m ipv6header ! --header ipv6-opts,ah;=;OK
-m ipv6header --header 44,hop-by-hop;-m ipv6header --header hop-by-hop,ipv6-frag;OK
-m ipv6header --header "";;FAIL
-p mobility-header -m mh ! --mh-type bu:be;-p mobility-header -m mh ! --mh-type 5:7;OK
-p mobility-header -m mh --mh-type binding-update;-p mobility-header -m mh --mh-type 5;OK
-p mobility-header -m mh --mh-type home;-p mobility-header -m mh --mh-type 1;OK
-p mobility-header -m mh --mh-type 5:3;;FAIL
-p mobility-header -m mh --mh-type :3;-p mobility-header -m mh --mh-type 0:3;OK
-p mobility-header -m mh --mh-type 3:;-p mobility-header -m mh --mh-type 3:255;OK
-p mobility-header -m mh --mh-type 256;;FAIL
-p mobility-header -m mh;=;OK
-p 135 -m mh --mh-type foo;;FAIL
-m mh --mh-type 1;;FAIL
family 6
:OUTPUT
-m eui64;;FAIL
*raw
family 6
:PREROUTING
-m eui64;=;OK
