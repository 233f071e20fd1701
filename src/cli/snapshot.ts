/**
 * `hookline snapshot`: a script that dumps a live machine into a box directory, by the machine's own tools.
 */
import { Command } from 'commander'
import { paragraphs } from './help-text.js'

const HELP = `
Prints a POSIX sh script that dumps a live machine into a box directory, for --box. The machine needs no hookline.
What it has no tool for is left out. The script changes nothing there but the directory.`

const EXAMPLES = `
Examples:
  hookline snapshot | ssh root@web1 sh -s /tmp/web1 && scp -r root@web1:/tmp/web1 .
  hookline snapshot > snapshot.sh`

const SCRIPT = String.raw`#!/bin/sh
# Dumps this machine's firewall, addresses, routes and settings into a directory: sh snapshot.sh [DIRECTORY]
# Needs root for the rules. Changes nothing but the directory.
set -u
PATH=$PATH:/usr/sbin:/sbin
directory=${'${1:-box}'}
mkdir -p "$directory" || exit 1

has() { command -v "$1" >/dev/null 2>&1; }

take() { # FILE COMMAND...
  file=$directory/$1
  shift
  if ! has "$1"; then
    echo "snapshot: no $1 here: ${'${file##*/}'} is left out" >&2
  elif "$@" >"$file.part" 2>"$file.errors"; then
    mv "$file.part" "$file"
  else
    echo "snapshot: $* failed: ${'${file##*/}'} is left out" >&2
    sed 's/^/  /' "$file.errors" >&2
  fi
  rm -f "$file.part" "$file.errors"
}

# The rules may be in the kernel's old tables or in nf_tables: the first program that shows any is right.
take_rules() { # iptables or ip6tables
  for program in "$1-save" "$1-legacy-save" "$1-nft-save"; do
    if has "$program" && "$program" 2>/dev/null | grep -q '^:'; then
      take "$1-save" "$program"
      return
    fi
  done
  take "$1-save" "$1-save"
}

settings() {
  if has sysctl; then
    sysctl -a 2>/dev/null | grep '^net\.'
    return 0
  fi
  cd /proc/sys || return 1
  # Lines PATH:VALUE; sysctl's names have dots for slashes, and slashes for the dots of interfaces.
  grep -rs '' net | sed -n 'h; s/:.*//; y|./|/.|; G; s/\n[^:]*:/ = /; p'
}

take uname uname -r
take ip-address.json ip -d -j address
take ip-route.json ip -j route show table all
take ip6-route.json ip -6 -j route show table all
take ip-rule.json ip -j rule
take ip6-rule.json ip -6 -j rule
take ip-maddress.json ip -j maddress
take_rules iptables
take_rules ip6tables
take ipset-save ipset save
(settings) >"$directory/sysctl.conf"
echo "snapshot: $directory is complete" >&2
`

export function snapshotCommand(): Command {
  return new Command('snapshot')
    .summary('prints the script that dumps a live machine into a box directory')
    .description(paragraphs(HELP))
    .addHelpText('after', EXAMPLES)
    .action(() => {
      process.stdout.write(SCRIPT)
    })
}
