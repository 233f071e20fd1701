*filter
:INPUT
-p tcp -m multiport --sports 53,1024:65535;=;OK
-p udp -m multiport --dports 53;=;OK
-p tcp -m multiport ! --ports 1,2,3;=;OK
-p udplite -m multiport --dports 1;=;OK
-p sctp -m multiport --dports 1:65535;=;OK
-p dccp -m multiport --ports 1;=;OK
-p tcp -m multiport --source-ports ssh,http;-p tcp -m multiport --sports 22,80;OK
-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15;=;OK
-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15;=;OK
-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16;;FAIL
-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16;;FAIL
-p tcp -m multiport --dports 2:1;;FAIL
-p tcp -m multiport --dports 2:2;;FAIL
-p tcp -m multiport --dports 1,;;FAIL
-p tcp -m multiport --dports 65536;;FAIL
-p tcp -m multiport --dports 1 --sports 2;;FAIL
-p tcp -m multiport;;FAIL
-m multiport --dports 1;;FAIL
-m multiport --dports 1 -p tcp;;FAIL
! -p tcp -m multiport --dports 1;;FAIL
-p icmp -m multiport --dports 1;;FAIL
