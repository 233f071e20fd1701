# A router under study that hides an office behind its address and lets some ports in; clients of both sides, of the
# router itself, and of the office's own servers by the router's address (hairpin).
#
#   office 198.51.100.20, .21 ── eth1 .1 box .2, .3 eth0 ── 192.0.2.30 far
#          2001:db8:51::20                                  2001:db8:2::30
# shellcheck shell=sh disable=SC2154

set_up() {
  for each in box far office; do namespace "$each"; done
  cable box eth0 02:00:00:00:02:02 far eth0 02:00:00:00:02:30
  cable box eth1 02:00:00:00:51:01 office eth0 02:00:00:00:51:20
  address box eth0 192.0.2.2/24 192.0.2.3/24 2001:db8:2::2/64
  address box eth1 198.51.100.1/24 2001:db8:51::1/64
  address far eth0 192.0.2.30/24 2001:db8:2::30/64
  address office eth0 198.51.100.20/24 198.51.100.21/24 2001:db8:51::20/64 2001:db8:51::21/64
  within box ip link set eth0 mtu 1400
  within far ip link set eth0 mtu 1400
  within office ip route add default via 198.51.100.1
  within office ip -6 route add default via 2001:db8:51::1
  within box ip route add default via 192.0.2.30
  within box sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0 \
    net.ipv4.conf.eth0.send_redirects=0 net.ipv4.conf.eth1.send_redirects=0
  serve_http far 80 8000 '[::]:80'
  serve_http office 80 '[::]:80'
  serve_dns far 53 192.0.2.30
  serve_dns office 53 198.51.100.20
  serve_dns box 5353 198.51.100.1
  serve_ssh box
  serve_ssh far
}

# The same traffic three ways: both interfaces in one capture, one capture each, and a pcapng that names them.
record() {
  record_tcpdump "$1/any.pcap" any -s 128
  record_tcpdump "$1/eth0.pcap" eth0 -s 128
  record_tcpdump "$1/eth1.pcap" eth1 -s 128
  record_dumpcap "$1/both.pcapng" eth0 eth1
}

views() {
  echo any.pcap
  echo eth0=eth0.pcap eth1=eth1.pcap
  echo both.pcapng
}

traffic() {
  # Out, and the same port from two hosts: the second cannot keep it.
  within office curl -sS http://192.0.2.30/ http://192.0.2.30/index.html
  within office curl -sS --interface 198.51.100.20 --local-port 40001 http://192.0.2.30/
  within office curl -sS --interface 198.51.100.21 --local-port 40001 http://192.0.2.30/
  within office curl -sS -r 0-39999 -o /dev/null http://192.0.2.30/large
  within office curl -sS -g 'http://[2001:db8:2::30]/'
  within office curl -sS -g --interface 2001:db8:51::20 --local-port 40002 'http://[2001:db8:2::30]/'
  within office curl -sS -g --interface 2001:db8:51::21 --local-port 40002 'http://[2001:db8:2::30]/'
  # By another address, whose few ports run out.
  for port in 5000 5001 5002 40003 40004; do
    within office curl -sS --interface 198.51.100.21 --local-port $port http://192.0.2.30:8000/
  done
  # In by forwarded ports: open, moved, refused by the rules, without a listener, to a host that is not there.
  within far curl -sS http://192.0.2.2/
  within far curl -sS http://192.0.2.2:8080/
  within far curl -sS -g 'http://[2001:db8:2::2]:8080/'
  within far curl -sS --connect-timeout 1 http://192.0.2.2:8081/ || true
  within far curl -sS --connect-timeout 1 http://192.0.2.2:8082/ || true
  within far curl -sS --connect-timeout 5 http://192.0.2.2:8083/ || true
  within far curl -sS --connect-timeout 1 http://192.0.2.2:99/ || true
  within far dig +time=2 +tries=1 @192.0.2.2 www.example.test A
  # The office's own server, by the router's address.
  within office curl -sS --interface 198.51.100.21 http://192.0.2.2/
  within office curl -sS --interface 198.51.100.20 http://192.0.2.2/
  within office curl -sS --interface 198.51.100.21 http://192.0.2.2:8080/
  # The router answers for every name server; asks one itself, by its other address; and is sent elsewhere.
  within office dig +time=2 +tries=1 @192.0.2.30 www.example.test A
  within box dig +time=2 +tries=1 @192.0.2.30 www.example.test A
  within box curl -sS http://192.0.2.99/
  within box curl -sS http://192.0.2.30:8000/
  # Errors about translated packets, in both directions.
  (echo time | within office timeout 1 nc -u -s 198.51.100.20 192.0.2.30 123) || true
  (echo time | within office timeout 1 nc -u -p 7000 -s 198.51.100.21 192.0.2.30 1234) || true
  within office traceroute -n -q 1 -m 3 -w 1 192.0.2.30
  within office traceroute -n -I -q 1 -m 3 -w 1 192.0.2.30
  within office traceroute -6 -n -q 1 -m 3 -w 1 2001:db8:2::30
  within office ping -n -c 2 -i 0.3 -s 1450 -M do 192.0.2.30 || true
  within office ping -n -c 2 -i 0.3 -s 3000 -M dont 192.0.2.30
  # The same echo id from two hosts.
  within office ping -n -c 2 -i 0.3 -e 77 -I 198.51.100.20 192.0.2.30
  within office ping -n -c 2 -i 0.3 -e 77 -I 198.51.100.21 192.0.2.30
  within office ping -n -c 2 -i 0.3 2001:db8:2::30
  within far ping -n -c 2 -i 0.3 192.0.2.2
  within box ping -n -c 1 192.0.2.30
  within office curl -sS --connect-timeout 1 http://192.0.2.30:25/ || true
  log_in office 192.0.2.30 'uptime'
  log_in office 198.51.100.1 'true'
  within far nmap -n -Pn -sS -p 22,80,443,8080-8082 --max-retries 0 192.0.2.2
}
