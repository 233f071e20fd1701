#!/bin/sh
# Records what real programs say to a machine under a real firewall, for tests that must find the same counters.
#
#   record.sh [-o DIR] [SCENARIO...]        those of scenarios/ (default: all); DIR: where this script stands
#
# LOG=FILE keeps what the programs say. Each scenario is a handful of network namespaces of its own, gone again when
# the script ends, however it ends. Out come DIR/SCENARIO: the captures, box/ (dumped before the traffic), and after it
# the live machine's counters (iptables-save-c, ip6tables-save-c), its connections (conntrack) and recorded (when, on
# what, how many packets).
#
# The counters start at zero and count exactly what was captured: tcpdump runs before they are zeroed and is still
# running when they are read; a packet in between, one on lo that is not captured, or one that tcpdump lost is an error.
#
# Needs root and, on Debian: iproute2 iptables ethtool tcpdump wireshark-common curl nginx-light dnsmasq-base
# bind9-dnsutils iputils-ping traceroute openssh-server openssh-client netcat-openbsd iperf3 nmap procps util-linux conntrack
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=$here
while getopts o: option; do
  case $option in
    o) output=$OPTARG ;;
    *) sed -n '2,4p' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- server offload router nat docker kubernetes

missing=
need() { # PROGRAM PACKAGE
  PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need ip iproute2; need iptables-legacy iptables; need ethtool ethtool; need tcpdump tcpdump
need dumpcap wireshark-common; need reordercap wireshark-common; need curl curl; need nginx nginx-light; need dnsmasq dnsmasq-base
need dig bind9-dnsutils; need ping iputils-ping; need traceroute traceroute; need sshd openssh-server
need ssh openssh-client; need nc netcat-openbsd; need iperf3 iperf3; need nmap nmap; need sysctl procps
need taskset util-linux; need conntrack conntrack
if [ -n "$missing" ]; then
  echo "record.sh: not installed: apt-get install$missing" >&2
  exit 2
fi
[ "$(id -u)" = 0 ] || { echo "record.sh: needs root, for network namespaces" >&2; exit 2; }
PATH=$PATH:/usr/sbin:/sbin

# One processor for everything: what the box does and what tcpdump sees then have the same order.
taskset -p -c 0 $$ >/dev/null

work=$(mktemp -d)
prefix=hookline-$$
namespaces=
cleanup() {
  for name in $namespaces; do
    ip netns pids "$name" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del "$name" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

within() { # NAMESPACE COMMAND...
  name=$prefix-$1
  shift
  ip netns exec "$name" "$@"
}

namespace() { # NAME
  ip netns add "$prefix-$1"
  namespaces="$namespaces $prefix-$1"
  # IPv6 addresses are there at once and nobody asks for routers: no noise before the recording.
  within "$1" sysctl -q -w net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0 \
    net.ipv6.conf.default.accept_ra=0 net.ipv6.conf.default.router_solicitations=0 \
    net.ipv4.ping_group_range='0 0'
  within "$1" ip link set lo up
}

# A cable: its two ends are up.
cable() { # NAMESPACE INTERFACE MAC NAMESPACE INTERFACE MAC
  ip link add "$2" netns "$prefix-$1" address "$3" type veth peer name "$5" netns "$prefix-$4" address "$6"
  [ "$offloads" = on ] || { no_offloads "$1" "$2"; no_offloads "$4" "$5"; }
  within "$1" ip link set "$2" up
  within "$4" ip link set "$5" up
}

# Packets as long as a wire's, with right checksums; and TCP makes no longer ones either, which the rules would see
# in one piece and the capture in several.
no_offloads() { # NAMESPACE INTERFACE
  within "$1" ethtool -K "$2" tso off gso off gro off tx off rx off sg off >/dev/null
  within "$1" ip link set "$2" gso_max_segs 1
}

address() { # NAMESPACE INTERFACE ADDRESS/LENGTH...
  at=$1 interface=$2
  shift 2
  for each in "$@"; do
    case $each in
      *:*) within "$at" ip address add "$each" dev "$interface" nodad ;;
      *) within "$at" ip address add "$each" dev "$interface" broadcast + ;;
    esac
  done
}

# The rules, and the settings that a box under study has: accounting on, and no limit on ICMP errors, since how
# many were suppressed cannot be read off a capture.
configure_box() { # RULES
  within box sysctl -q -w net.netfilter.nf_conntrack_acct=1 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 \
    net.ipv6.icmp.ratelimit=0 net.ipv6.icmp.ratemask=
  within box iptables-legacy-restore "$here/rules/$1.iptables"
  within box ip6tables-legacy-restore "$here/rules/$1.ip6tables"
}

dump_box() { # DIRECTORY
  rm -rf "$1"
  mkdir -p "$1"
  within box iptables-legacy-save >"$1/iptables-save"
  within box ip6tables-legacy-save >"$1/ip6tables-save"
  within box ip -d -j address >"$1/ip-address.json"
  within box ip -j route show table all >"$1/ip-route.json"
  within box ip -6 -j route show table all >"$1/ip6-route.json"
  within box ip -j rule >"$1/ip-rule.json"
  within box ip -6 -j rule >"$1/ip6-rule.json"
  within box sysctl -a 2>/dev/null | grep '^net\.' >"$1/sysctl.conf"
  uname -r >"$1/uname"
}

recorders=
record_tcpdump() { # FILE INTERFACE [OPTION...]
  file=$1 interface=$2
  shift 2
  ip netns exec "$prefix-box" tcpdump -q -Z root -i "$interface" --time-stamp-precision=nano --immediate-mode -U \
    -B 16384 "$@" -w "$file" 2>"$file.log" &
  recorders="$recorders $!"
  await grep -q 'listening on' "$file.log"
}

record_dumpcap() { # FILE INTERFACE...
  file=$1
  shift
  options=
  for interface in "$@"; do options="$options -i $interface"; done
  # shellcheck disable=SC2086
  ip netns exec "$prefix-box" dumpcap -q -B 16 -s 128 $options -w "$file" 2>"$file.log" &
  recorders="$recorders $!"
  await grep -q '^File:' "$file.log"
}

await() { # COMMAND...
  tries=0
  until "$@" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { echo "record.sh: waited in vain: $*" >&2; exit 1; }
    sleep 0.1
  done
}

# Bytes that tcpdump has written so far: it writes each packet at once.
recorded_bytes() {
  cat "$1"/*.pcap | wc -c
}

# Zeroes the counters, and forgets connections, while nothing is under way: no packet may have been captured before
# they are zero.
zero_counters() { # DIRECTORY
  within box conntrack -F >/dev/null 2>/dev/null
  for table in $(within box cat /proc/net/ip_tables_names); do within box iptables-legacy -w -t "$table" -Z; done
  for table in $(within box cat /proc/net/ip6_tables_names); do within box ip6tables-legacy -w -t "$table" -Z; done
  for file in "$1"/*.pcap; do
    [ "$(wc -c <"$file")" -eq 24 ] || { echo "record.sh: a packet came before the counters were zero" >&2; exit 1; }
  done
}

# Reads counters and connections while nothing is under way: the captures must not grow meanwhile.
read_counters() { # DIRECTORY
  tries=0
  while :; do
    before=$(recorded_bytes "$1")
    within box iptables-legacy-save -c >"$1/iptables-save-c"
    within box ip6tables-legacy-save -c >"$1/ip6tables-save-c"
    at=$(date +%s.%N)
    within box cat /proc/net/nf_conntrack >"$1/conntrack"
    sleep 0.3
    [ "$before" -ne "$(recorded_bytes "$1")" ] || break
    tries=$((tries + 1))
    [ $tries -lt 20 ] || { echo "record.sh: the traffic does not end" >&2; exit 1; }
  done
  # shellcheck disable=SC2086
  kill -INT $recorders
  # shellcheck disable=SC2086
  wait $recorders || true
  recorders=
  # dumpcap writes what it has of one interface before it looks at the next.
  for file in "$1"/*.pcapng; do
    [ -e "$file" ] || continue
    reordercap -n "$file" "$file.ordered" >/dev/null
    [ ! -e "$file.ordered" ] || mv "$file.ordered" "$file"
  done
  # tcpdump's own count is no proof that the rules saw no more: what passes lo must have been captured, or nothing.
  silent=$(within box cat /sys/class/net/lo/statistics/rx_packets)
  [ "$silent" = 0 ] || [ "$loopback" = used ] || { echo "record.sh: $silent packets on lo" >&2; exit 1; }
  for log in "$1"/*.pcap.log; do
    grep -q '^0 packets dropped by kernel' "$log" || { echo "record.sh: lost packets:" >&2; cat "$log" >&2; exit 1; }
  done
  {
    echo "kernel=$(uname -r)"
    echo "iptables=$(iptables-legacy --version)"
    echo "tcpdump=$(tcpdump --version 2>&1 | head -n 1)"
    echo "conntrack-read-at=$at"
    for log in "$1"/*.pcap.log; do
      echo "$(basename "$log" .log)=$(sed -n 's/ packets captured//p' "$log")"
    done
  } >"$1/recorded"
  rm -f "$1"/*.log
  find "$1" -type f -exec chmod 644 {} +
}

# Servers, as they come with Debian, kept from the machine's own configuration.
serve_http() { # NAMESPACE LISTEN...
  at=$1
  shift
  mkdir -p "$work/$at/www" "$work/$at/logs"
  echo '<!doctype html><title>example</title><p>It answers.' >"$work/$at/www/index.html"
  head -c 300000 /dev/zero | tr '\0' 'x' >"$work/$at/www/large"
  {
    echo "user root; worker_processes 1; daemon off; pid $work/$at/nginx.pid; error_log $work/$at/logs/error;"
    echo 'events {} http { access_log off;'
    for listen in "$@"; do echo "server { listen $listen; root $work/$at/www; }"; done
    echo '}'
  } >"$work/$at/nginx.conf"
  ip netns exec "$prefix-$at" nginx -p "$work/$at" -c "$work/$at/nginx.conf" 2>/dev/null &
}

serve_dns() { # NAMESPACE PORT ADDRESS...
  at=$1 port=$2
  shift 2
  listen=
  for each in "$@"; do listen="$listen --listen-address=$each"; done
  # shellcheck disable=SC2086
  ip netns exec "$prefix-$at" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv \
    --no-hosts --port="$port" --bind-interfaces --no-ping --local-service $listen --cache-size=0 --local=/test/ \
    --host-record=www.example.test,192.0.2.10,2001:db8:2::10 --txt-record=big.example.test,"$(printf '%0200d' 1)" &
}

serve_ssh() { # NAMESPACE
  mkdir -p "$work/$1/ssh" /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$work/$1/ssh/host"
  [ -e "$work/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$work/key"
  cp "$work/key.pub" "$work/$1/ssh/authorized_keys"
  chmod 755 "$work"
  printf '%s\n' "HostKey $work/$1/ssh/host" "AuthorizedKeysFile $work/$1/ssh/authorized_keys" 'UsePAM no' \
    'StrictModes no' 'UseDNS no' 'PermitRootLogin prohibit-password' 'PidFile none' >"$work/$1/ssh/sshd_config"
  ip netns exec "$prefix-$1" "$(command -v sshd)" -D -f "$work/$1/ssh/sshd_config" 2>/dev/null &
}

log_in() { # NAMESPACE ADDRESS COMMAND
  within "$1" ssh -q -F /dev/null -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o ConnectTimeout=5 "root@$2" "$3"
}

finish() { # SCENARIO: moves the result to its place, once it is whole
  mkdir -p "$output/$1"
  rm -rf "${output:?}/$1"/*
  cp -R "$work/result/." "$output/$1/"
  find "$work" -mindepth 1 -maxdepth 1 ! -name 'key*' -exec rm -rf {} +
  for name in $namespaces; do
    ip netns pids "$name" | xargs -r kill 2>/dev/null || true
    ip netns del "$name"
  done
  namespaces=
  echo "record.sh: $1 recorded: $(sed -n 's/^\(.*pcap\)=/\1 /p' "$output/$1/recorded" | tr '\n' ' ')"
}

for scenario; do
  if [ ! -f "$here/scenarios/$scenario.sh" ]; then
    echo "record.sh: no scenario $scenario" >&2
    exit 2
  fi
  mkdir -p "$work/result"
  offloads=off
  loopback=silent
  rules=$scenario
  # shellcheck source=/dev/null
  . "$here/scenarios/$scenario.sh"
  set_up
  configure_box "$rules"
  sleep 6 # neighbour discovery and group reports of the new interfaces die down
  dump_box "$work/result/box"
  record "$work/result"
  zero_counters "$work/result"
  sleep 0.5
  traffic >"${LOG:-/dev/null}" 2>&1
  sleep 3
  read_counters "$work/result"
  views >"$work/result/views"
  finish "$scenario"
done
