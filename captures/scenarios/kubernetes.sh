# A node under study, with the rules that kube-proxy writes: services with several endpoints drawn at random, one that
# keeps its clients, one without endpoints, a node port; pods on veths, each with a route of its own.
#
#   web1 .11, web2 .12, web3 .13, dns1 .21, dns2 .22, client .31 ── cali* box .10 eth0 ── 192.0.2.30 far
#   198.51.100.x, 2001:db8:51::x                                    2001:db8:2::10       2001:db8:2::30
#   services 203.0.113.0/24, 2001:db8:aa::/112
# shellcheck shell=sh disable=SC2154

pod() { # NAME NUMBER
  namespace "$1"
  cable box "cali-$1" "02:00:00:00:70:$2" "$1" eth0 "02:00:00:00:71:$2"
  within box ip address add 198.51.100.1/32 dev "cali-$1"
  within box ip address add 2001:db8:51::1/128 dev "cali-$1" nodad
  within "$1" ip address add "198.51.100.$2/32" dev eth0
  within "$1" ip address add "2001:db8:51::$2/128" dev eth0 nodad
  within "$1" ip route add 198.51.100.1 dev eth0 scope link
  within "$1" ip route add default via 198.51.100.1
  within "$1" ip -6 route add 2001:db8:51::1 dev eth0
  within "$1" ip -6 route add default via 2001:db8:51::1
  within box ip route add "198.51.100.$2" dev "cali-$1" scope link
  within box ip -6 route add "2001:db8:51::$2" dev "cali-$1"
}

pods='web1 web2 web3 dns1 dns2 client'

set_up() {
  for each in box far; do namespace "$each"; done
  cable box eth0 02:00:00:00:02:10 far eth0 02:00:00:00:02:30
  address box eth0 192.0.2.10/24 2001:db8:2::10/64
  address far eth0 192.0.2.30/24 2001:db8:2::30/64
  pod web1 11; pod web2 12; pod web3 13; pod dns1 21; pod dns2 22; pod client 31
  within box ip route add default via 192.0.2.30
  within box ip -6 route add default via 2001:db8:2::30
  # A narrow range of ports for the node's own connections: MASQUERADE --random-fully hardly ever draws one of these,
  # and so tells by the port that it was at work.
  within box sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
    net.ipv4.ip_local_port_range='60000 60999'
  loopback=used
  for each in web1 web2 web3; do serve_http "$each" 8080 '[::]:8080'; done
  serve_dns dns1 53 198.51.100.21
  serve_dns dns2 53 198.51.100.22
  serve_http far 80
  serve_http box 10248
}

record() {
  record_tcpdump "$1/any.pcap" any -s 128
  # shellcheck disable=SC2046
  record_dumpcap "$1/all.pcapng" lo eth0 $(printf 'cali-%s ' $pods)
}

views() {
  echo any.pcap
  echo all.pcapng
}

traffic() {
  # From a pod, from an endpoint to its own service until it meets itself, from the node, from outside.
  for _ in 1 2 3 4 5; do within client curl -sS http://203.0.113.10/; done
  for _ in 1 2 3 4; do within web1 curl -sS http://203.0.113.10/; done
  for _ in 1 2 3; do within box curl -sS http://203.0.113.10/; done
  for _ in 1 2 3; do within far curl -sS http://192.0.2.10:30080/; done
  within client curl -sS http://192.0.2.10:30080/
  within box curl -sS http://192.0.2.10:30080/
  for _ in 1 2 3; do within client curl -sS -g 'http://[2001:db8:aa::10]/'; done
  within far curl -sS -g 'http://[2001:db8:2::10]:30080/'
  within box curl -sS -g 'http://[2001:db8:aa::10]/'
  # Names, by UDP and TCP.
  for _ in 1 2 3 4; do within client dig +time=2 +tries=1 @203.0.113.53 www.example.test A; done
  within client dig +time=2 +tries=1 +tcp @203.0.113.53 big.example.test TXT
  within box dig +time=2 +tries=1 @203.0.113.53 www.example.test A
  within web2 dig +time=2 +tries=1 @203.0.113.53 www.example.test AAAA
  # A service that sends a client to the endpoint that it met first.
  for _ in 1 2 3; do within client curl -sS http://203.0.113.20/; done
  for _ in 1 2 3; do within web3 curl -sS http://203.0.113.20/; done
  # No endpoints; no service; endpoints by their own addresses; the world.
  within client curl -sS --connect-timeout 1 http://203.0.113.99:443/ || true
  within client curl -sS http://198.51.100.12:8080/
  within far curl -sS --connect-timeout 1 http://192.0.2.10:30081/ || true
  within client curl -sS http://192.0.2.30/
  within client ping -n -c 2 -i 0.3 192.0.2.30
  # The node looks after its pods and itself.
  for each in 11 12 13; do within box curl -sS "http://198.51.100.$each:8080/"; done
  within box curl -sS http://127.0.0.1:10248/
  within box curl -sS http://192.0.2.10:10248/
  within box ping -n -c 1 198.51.100.21
}
