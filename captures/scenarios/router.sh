# A router under study, no NAT: an office behind it, the world (far) in front of it, over a link with a smaller MTU.
#
#   office 198.51.100.20 ── eth1 .1 box .2 eth0 ── 192.0.2.30 far
#          2001:db8:51::20                         2001:db8:2::30
# shellcheck shell=sh disable=SC2154

set_up() {
  for each in box far office; do namespace "$each"; done
  cable box eth0 02:00:00:00:02:02 far eth0 02:00:00:00:02:30
  cable box eth1 02:00:00:00:51:01 office eth0 02:00:00:00:51:20
  address box eth0 192.0.2.2/24 2001:db8:2::2/64
  address box eth1 198.51.100.1/24 2001:db8:51::1/64
  address far eth0 192.0.2.30/24 2001:db8:2::30/64
  address office eth0 198.51.100.20/24 198.51.100.21/24 2001:db8:51::20/64
  within far ip address add 198.51.100.77/32 dev lo
  within box ip link set eth0 mtu 1400
  within far ip link set eth0 mtu 1400
  within far ip route add default via 192.0.2.2
  within far ip -6 route add default via 2001:db8:2::2
  within office ip route add default via 198.51.100.1
  within office ip -6 route add default via 2001:db8:51::1
  within box sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=1
  serve_http far 80 '[::]:80'
  serve_http office 80 '[::]:80'
  serve_dns far 53 192.0.2.30
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
  within office curl -sS http://192.0.2.30/ http://192.0.2.30/index.html
  within office curl -sS -r 0-59999 -o /dev/null http://192.0.2.30/large
  within office curl -sS -g 'http://[2001:db8:2::30]/'
  within far curl -sS http://198.51.100.20/
  within far curl -sS -g 'http://[2001:db8:51::20]/'
  within far curl -sS --connect-timeout 2 http://198.51.100.21/ || true
  within far curl -sS --connect-timeout 1 https://198.51.100.20/ || true
  within far curl -sS --connect-timeout 1 http://198.51.100.20:8080/ || true # allowed, but nobody listens
  within office curl -sS --connect-timeout 1 http://192.0.2.30:25/ || true
  within office curl -sS --connect-timeout 1 http://192.0.2.30:23/ || true
  within office curl -sS --connect-timeout 1 http://198.51.100.1:99/ || true
  within office dig +time=2 +tries=1 @192.0.2.30 www.example.test A
  # Longer than the link takes: the router says so; without the don't-fragment bit it cuts them.
  within office ping -n -c 2 -i 0.3 -s 1450 -M do 192.0.2.30 || true
  within office ping -n -c 2 -i 0.3 -s 3000 -M dont 192.0.2.30
  within office ping -n -c 2 -i 0.3 -s 1300 2001:db8:2::30
  within office ping -n -c 2 -i 0.3 198.51.100.1
  within far ping -n -c 2 -i 0.3 -t 2 198.51.100.20 || true
  within far ping -n -c 2 -i 0.3 198.51.100.20
  within far ping -n -c 2 -i 0.3 2001:db8:51::20
  within office traceroute -n -q 1 -m 3 -w 1 192.0.2.30
  within office traceroute -n -I -q 1 -m 3 -w 1 192.0.2.30
  within office traceroute -6 -n -q 1 -m 3 -w 1 2001:db8:2::30
  within far traceroute -n -q 1 -m 3 -w 1 198.51.100.20
  log_in office 198.51.100.1 'true'
  log_in office 192.0.2.30 'uptime'
  within box ping -n -c 1 192.0.2.30
  within far nmap -n -Pn -sS -p 21-23,80,443 --max-retries 0 198.51.100.20
  within far nmap -6 -n -Pn -sS -p 22,80 --max-retries 0 2001:db8:51::20
  within far nmap -n -Pn -sU -p 53,161 --max-retries 0 198.51.100.20
  # A source that does not live behind the interface it comes in by.
  within far ping -n -c 2 -i 0.3 -W 1 -I 198.51.100.77 198.51.100.20 || true
  # Nobody there: after a while the router gives up and says so.
  within far ping -n -c 2 -i 0.3 -W 4 198.51.100.99 || true
}
