# A server as most captures show it: network cards and tcpdump see what TCP hands down in one piece, up to 64 KiB,
# and outgoing checksums are left to the card, so they are wrong in the capture.
#
#   far 198.51.100.20 ── 198.51.100.10 box
#       2001:db8:51::20  2001:db8:51::10
# shellcheck shell=sh disable=SC2154

offloads=on
rules=server

set_up() {
  for each in box far; do namespace "$each"; done
  cable box eth0 02:00:00:00:51:10 far eth0 02:00:00:00:51:20
  address box eth0 198.51.100.10/24 2001:db8:51::10/64
  address far eth0 198.51.100.20/24 2001:db8:51::20/64
  serve_http box 80 '[::]:80'
  serve_http far 8000
  serve_dns box 53 198.51.100.10 2001:db8:51::10
  serve_ssh box
  ip netns exec "$prefix-box" iperf3 -s -p 5201 >/dev/null 2>&1 &
}

record() {
  record_tcpdump "$1/eth0.pcap" eth0 -s 160
}

views() {
  echo eth0=eth0.pcap
}

traffic() {
  within far curl -sS http://198.51.100.10/ http://198.51.100.10/index.html
  within far curl -sS --limit-rate 2M -o /dev/null http://198.51.100.10/large http://198.51.100.10/large
  within far curl -sS --limit-rate 1M -o /dev/null -g 'http://[2001:db8:51::10]/large'
  within far curl -sS --connect-timeout 2 http://198.51.100.10:8443/ || true
  within box curl -sS --limit-rate 1M -o /dev/null http://198.51.100.20:8000/large
  within far dig +time=2 +tries=1 @198.51.100.10 www.example.test A
  within far dig +time=2 +tries=1 @2001:db8:51::10 www.example.test A
  within far ping -n -c 2 -i 0.3 -s 9000 198.51.100.10
  within far iperf3 -c 198.51.100.10 -p 5201 -t 1 -b 20M
  within far iperf3 -c 198.51.100.10 -p 5201 -t 1 -b 20M -R
  log_in far 198.51.100.10 'head -c 100000 /dev/zero | od' >/dev/null
  within far nmap -n -Pn -sS -p 20-25,80,443 --max-retries 0 198.51.100.10
}
