# A machine under study that runs containers as Docker does: a bridge for all, one for a project of its own, ports
# published by DNAT, and for those who cannot be reached that way a program that passes connections on.
#
#   web 198.51.100.10, app .11 ── docker0 .1 ─────┐
#                                             box │ .10 eth0 ── 192.0.2.30 far
#   db 198.51.100.130 ── br-project .129 ─────────┘
# shellcheck shell=sh disable=SC2154

container() { # NAME BRIDGE ADDRESS GATEWAY MAC
  namespace "$1"
  cable box "veth-$1" "02:00:00:00:70:$5" "$1" eth0 "02:00:00:00:71:$5"
  within box ip link set "veth-$1" master "$2"
  address "$1" eth0 "$3/25"
  within "$1" ip route add default via "$4"
}

bridge() { # NAME ADDRESS MAC
  within box ip link add "$1" address "$3" type bridge
  within box ip link set "$1" gso_max_segs 1 addrgenmode none up
  address box "$1" "$2/25"
}

set_up() {
  for each in box far; do namespace "$each"; done
  cable box eth0 02:00:00:00:02:10 far eth0 02:00:00:00:02:30
  address box eth0 192.0.2.10/24 2001:db8:2::10/64
  address far eth0 192.0.2.30/24 2001:db8:2::30/64
  bridge docker0 198.51.100.1 02:00:00:00:00:01
  bridge br-project 198.51.100.129 02:00:00:00:00:02
  container web docker0 198.51.100.10 198.51.100.1 10
  container app docker0 198.51.100.11 198.51.100.1 11
  container db br-project 198.51.100.130 198.51.100.129 30
  within far ip route add 198.51.100.0/24 via 192.0.2.10
  within box sysctl -q -w net.ipv4.ip_forward=1
  loopback=used
  serve_http far 80
  serve_http web 80
  serve_http db 5432
  serve_dns app 53 198.51.100.11
  serve_ssh box
  # docker-proxy
  mkdir -p "$work/box/logs"
  {
    echo "user root; worker_processes 1; daemon off; pid $work/box/nginx.pid; error_log $work/box/logs/error;"
    echo 'events {} http { access_log off;'
    echo 'server { listen 8080; location / { proxy_pass http://198.51.100.10:80; } } }'
  } >"$work/box/nginx.conf"
  ip netns exec "$prefix-box" nginx -p "$work/box" -c "$work/box/nginx.conf" 2>/dev/null &
}

# Once with all interfaces, the bridges' ports among them; once with those alone that have addresses.
record() {
  record_tcpdump "$1/any.pcap" any -s 128
  for each in lo eth0 docker0 br-project; do record_tcpdump "$1/$each.pcap" "$each" -s 128; done
}

views() {
  echo any.pcap
  echo lo=lo.pcap eth0=eth0.pcap docker0=docker0.pcap br-project=br-project.pcap
}

traffic() {
  # Published ports: from outside, from the machine itself by its address and by loopback, from containers.
  within far curl -sS http://192.0.2.10:8080/ http://192.0.2.10:8080/index.html
  within far curl -sS -r 0-29999 -o /dev/null http://192.0.2.10:8080/large
  within box curl -sS http://192.0.2.10:8080/
  within box curl -sS http://127.0.0.1:8080/
  within app curl -sS http://192.0.2.10:8080/
  within web curl -sS http://192.0.2.10:8080/
  within db curl -sS http://192.0.2.10:8080/
  within far dig +time=2 +tries=1 @192.0.2.10 -p 5353 www.example.test A
  within box dig +time=2 +tries=1 @192.0.2.10 -p 5353 www.example.test A
  # Out into the world, hidden behind the machine.
  within web curl -sS --local-port 41000 http://192.0.2.30/
  within app curl -sS --local-port 41000 http://192.0.2.30/
  within db curl -sS --local-port 41000 http://192.0.2.30/
  within app ping -n -c 2 -i 0.3 192.0.2.30
  (echo time | within app timeout 1 nc -u 192.0.2.30 123) || true
  within app traceroute -n -q 1 -m 3 -w 1 192.0.2.30
  # From the machine to its containers and back.
  within box curl -sS http://198.51.100.10/
  within box curl -sS http://198.51.100.130:5432/
  within box ping -n -c 1 198.51.100.11
  within app ping -n -c 1 198.51.100.1
  within box curl -sS http://192.0.2.30/
  # Kept apart: another network's containers, and what is not published.
  within app curl -sS --connect-timeout 1 http://198.51.100.130:5432/ || true
  within db curl -sS --connect-timeout 1 http://198.51.100.10/ || true
  within far curl -sS --connect-timeout 1 http://198.51.100.10:81/ || true
  within far curl -sS http://198.51.100.10/
  within far curl -sS --connect-timeout 1 http://192.0.2.10:9999/ || true
  log_in far 192.0.2.10 true
  within far ping -n -c 1 2001:db8:2::10
  within far curl -sS --connect-timeout 1 -g 'http://[2001:db8:2::10]:8080/' || true
}
