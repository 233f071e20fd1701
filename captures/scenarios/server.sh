# A server under study: clients on the internet (far) behind a gateway that loses a packet now and then.
#
#   far 198.51.100.20-22, .53, .66 ── gateway ── 192.0.2.10 box
#       2001:db8:51::20                          2001:db8:2::10
# shellcheck shell=sh disable=SC2154

set_up() {
  for each in box gateway far; do namespace "$each"; done
  cable box eth0 02:00:00:00:02:10 gateway wire0 02:00:00:00:02:01
  cable gateway wire1 02:00:00:00:51:01 far eth0 02:00:00:00:51:20
  address box eth0 192.0.2.10/24 2001:db8:2::10/64
  address gateway wire0 192.0.2.1/24 2001:db8:2::1/64
  address gateway wire1 198.51.100.1/24 2001:db8:51::1/64
  address far eth0 198.51.100.20/24 198.51.100.21/24 198.51.100.22/24 198.51.100.53/24 198.51.100.66/24 \
    2001:db8:51::20/64 2001:db8:51::21/64
  within box ip route add default via 192.0.2.1
  within box ip -6 route add default via 2001:db8:2::1
  within far ip route add default via 198.51.100.1
  within far ip -6 route add default via 2001:db8:51::1
  within gateway sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  # Lost on the way, both ways: retransmissions and selective acknowledgements.
  within gateway iptables-legacy -A FORWARD -p tcp -m length --length 200:1500 -m statistic --mode nth --every 61 --packet 30 -j DROP
  within gateway iptables-legacy -A FORWARD -p tcp -m length --length 0:100 -m statistic --mode nth --every 83 --packet 40 -j DROP
  serve_http box 80 8443 '[::]:80'
  serve_http far 8000
  serve_dns box 53 192.0.2.10 2001:db8:2::10
  serve_dns far 53 198.51.100.53
  serve_ssh box
  ip netns exec "$prefix-box" iperf3 -s -p 5201 >/dev/null 2>&1 &
}

record() {
  record_tcpdump "$1/eth0.pcap" eth0 -s 128
}

views() {
  echo eth0=eth0.pcap
}

traffic() {
  # HTTP: keep-alive, several at once, a larger download, an address that refuses.
  within far curl -sS http://192.0.2.10/ http://192.0.2.10/index.html http://192.0.2.10/none
  within far curl -sS --limit-rate 400k -o /dev/null http://192.0.2.10/large
  for source in 20 21 22; do
    ip netns exec "$prefix-far" curl -sS --interface 198.51.100.$source http://192.0.2.10/ &
  done
  within far curl -sS -g 'http://[2001:db8:2::10]/' 'http://[2001:db8:2::10]/index.html'
  within far curl -sS --connect-timeout 2 --interface 198.51.100.66 http://192.0.2.10/ || true
  within far curl -sS --connect-timeout 2 http://192.0.2.10:8080/ || true # allowed, but nobody listens
  within far curl -sS --connect-timeout 2 http://192.0.2.10:8443/ || true # listens, but is refused
  within far curl -sS --connect-timeout 2 -g 'http://[2001:db8:2::10]:8443/' || true
  within box curl -sS http://198.51.100.20:8000/
  # DNS over UDP and TCP, IPv4 and IPv6, asked and asking.
  within far dig +time=2 +tries=1 @192.0.2.10 www.example.test A www.example.test AAAA
  within far dig +time=2 +tries=1 +tcp @192.0.2.10 big.example.test TXT
  within far dig +time=2 +tries=1 @2001:db8:2::10 www.example.test AAAA
  within box dig +time=2 +tries=1 @198.51.100.53 www.example.test A
  # Pings: small, in fragments, too many big ones for the limit, a broadcast, from the box.
  within far ping -n -c 3 -i 0.3 192.0.2.10
  within far ping -n -c 6 -i 0.2 -s 4000 192.0.2.10 || true
  within far ping -n -c 2 -i 0.3 2001:db8:2::10
  within far ping -n -c 2 -i 0.3 -s 3000 2001:db8:2::10
  within gateway ping -n -b -c 2 -i 0.3 -W 1 192.0.2.255 || true
  within box ping -n -c 2 -i 0.3 198.51.100.22
  within box ping -n -c 2 -i 0.3 -s 3500 2001:db8:51::20
  # Ways.
  within far traceroute -n -q 1 -m 4 -w 1 192.0.2.10
  within far traceroute -n -I -q 1 -m 4 -w 1 192.0.2.10
  within far traceroute -6 -n -q 1 -m 4 -w 1 2001:db8:2::10
  within box traceroute -n -q 2 -m 4 -w 1 198.51.100.21
  within box traceroute -6 -n -I -q 1 -m 4 -w 1 2001:db8:51::21
  # Sessions.
  log_in far 192.0.2.10 'uptime; head -c 20000 /dev/zero | od' >/dev/null
  log_in far 2001:db8:2::10 true
  (sleep 0.5; echo one; sleep 3; echo two; sleep 1) | ip netns exec "$prefix-box" timeout 8 nc -u -l 5000 &
  sleep 0.3
  (echo first; sleep 2.5; echo second; sleep 2) | within far timeout 6 nc -u -s 198.51.100.21 192.0.2.10 5000 || true
  echo nobody | within far timeout 2 nc -u -s 198.51.100.21 192.0.2.10 5001 || true # allowed, but nobody listens
  echo time | within far timeout 1 nc -u 192.0.2.10 123 || true
  # Throughput, both ways, and UDP.
  within far iperf3 -c 192.0.2.10 -p 5201 -t 1 -b 1M -l 1400
  within far iperf3 -c 192.0.2.10 -p 5201 -t 1 -b 1M -l 1400 -R
  within far iperf3 -c 192.0.2.10 -p 5201 -t 1 -u -b 400k -l 1000
  # Scans: open and refused ports, odd flags, UDP.
  within far nmap -n -Pn -sS -p 20-25,53,80,443,8080,8443 --max-retries 1 192.0.2.10
  within far nmap -n -Pn -sX -p 80,81 --max-retries 0 192.0.2.10
  within far nmap -n -Pn -sN -p 80 --max-retries 0 192.0.2.10
  within far nmap -n -Pn -sF -p 80,82 --max-retries 0 192.0.2.10
  within far nmap -n -Pn -sA -p 80,83 --max-retries 0 192.0.2.10
  within far nmap -n -Pn -sU -p 53,69,137,161,500 --max-retries 0 192.0.2.10
  within far nmap -n -Pn -sO -p 1,2,47,132 --max-retries 0 192.0.2.10
  within far nmap -6 -n -Pn -sS -p 21,22,80,8443 --max-retries 1 2001:db8:2::10
}
