/**
 * A box as iproute2 6.1 prints it: two interfaces, a VLAN, a second table, a policy rule.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export const ADDRESSES =
  '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"qdisc":"noqueue","operstate":"UNKNOWN","group":"default","txqlen":1000,"link_type":"loopback","address":"00:00:00:00:00:00","broadcast":"00:00:00:00:00:00","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host","label":"lo","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"::1","prefixlen":128,"scope":"host","valid_life_time":4294967295,"preferred_life_time":4294967295}]},' +
  '{"ifindex":3,"link":"eth1","ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"qdisc":"noqueue","operstate":"UP","group":"default","txqlen":1000,"link_type":"ether","address":"3a:24:33:52:35:b5","broadcast":"ff:ff:ff:ff:ff:ff","linkinfo":{"info_kind":"veth"},"addr_info":[{"family":"inet","local":"192.0.2.10","prefixlen":24,"scope":"global","label":"eth0","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet","local":"10.1.1.1","address":"10.1.1.2","prefixlen":32,"scope":"global","label":"eth0","valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"2001:db8::1","prefixlen":64,"scope":"global","nodad":true,"valid_life_time":4294967295,"preferred_life_time":4294967295},{"family":"inet6","local":"fe80::3824:33ff:fe52:35b5","prefixlen":64,"scope":"link","valid_life_time":4294967295,"preferred_life_time":4294967295}]},' +
  '{"ifindex":4,"ifname":"tun0","flags":["POINTOPOINT","MULTICAST","NOARP","UP"],"mtu":1400,"operstate":"UNKNOWN","link_type":"none","addr_info":[{"family":"inet","local":"10.20.0.1","prefixlen":31,"scope":"global","label":"tun0"}]},' +
  '{"ifindex":5,"link":"eth0","ifname":"eth0.10","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"3a:24:33:52:35:b5","broadcast":"ff:ff:ff:ff:ff:ff","linkinfo":{"info_kind":"vlan","info_data":{"protocol":"802.1Q","id":10,"flags":["REORDER_HDR"]}},"addr_info":[{"family":"inet","local":"10.10.0.1","prefixlen":24,"broadcast":"10.10.0.255","scope":"global","label":"eth0.10"}]}]'

export const ROUTES =
  '[{"dst":"default","gateway":"192.0.2.9","dev":"eth0","table":"100","flags":["onlink"],"metrics":[{"mtu":1400}]},{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},{"dst":"10.1.1.2","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.1.1.1","flags":[]},{"dst":"10.9.0.0/16","flags":[],"nexthops":[{"gateway":"192.0.2.1","dev":"eth0","weight":1,"flags":[]},{"gateway":"10.10.0.2","dev":"eth0.10","weight":2,"flags":[]}]},{"dst":"10.20.0.0/31","dev":"tun0","protocol":"kernel","scope":"link","prefsrc":"10.20.0.1","flags":["linkdown"]},{"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.10","flags":[]},{"type":"unreachable","dst":"10.8.0.0/16","metric":5,"flags":[]},{"type":"throw","dst":"10.6.0.0/16","table":"100","flags":[]},{"type":"blackhole","dst":"10.7.0.0/16","table":"100","flags":[]},' +
  '{"type":"local","dst":"10.1.1.1","dev":"eth0","table":"local","protocol":"kernel","scope":"host","prefsrc":"10.1.1.1","flags":[]},{"type":"local","dst":"10.20.0.1","dev":"tun0","table":"local","protocol":"kernel","scope":"host","prefsrc":"10.20.0.1","flags":[]},{"type":"local","dst":"127.0.0.0/8","dev":"lo","table":"local","protocol":"kernel","scope":"host","prefsrc":"127.0.0.1","flags":[]},{"type":"local","dst":"192.0.2.10","dev":"eth0","table":"local","protocol":"kernel","scope":"host","prefsrc":"192.0.2.10","flags":[]},{"type":"broadcast","dst":"192.0.2.255","dev":"eth0","table":"local","protocol":"kernel","scope":"link","prefsrc":"192.0.2.10","flags":[]},' +
  '{"dst":"default","gateway":"2001:db8::2","dev":"eth0","metric":1024,"flags":[],"pref":"medium"},{"dst":"2001:db8::/64","dev":"eth0","protocol":"kernel","metric":256,"flags":[],"pref":"medium"},{"dst":"fe80::/64","dev":"eth0","protocol":"kernel","metric":256,"flags":[],"pref":"medium"},{"type":"local","dst":"2001:db8::1","dev":"eth0","table":"local","protocol":"kernel","metric":0,"flags":[],"pref":"medium"},{"type":"local","dst":"fe80::3824:33ff:fe52:35b5","dev":"eth0","table":"local","protocol":"kernel","metric":0,"flags":[],"pref":"medium"},{"type":"multicast","dst":"ff00::/8","dev":"eth0","table":"local","protocol":"kernel","metric":256,"flags":[],"pref":"medium"},{"type":"local","dst":"::1","dev":"lo","table":"local","protocol":"kernel","metric":0,"flags":[],"pref":"medium"}]'

export const RULES =
  '[{"priority":0,"src":"all","table":"local"},{"priority":39,"src":"all","ipproto":"tcp","sport_start":10,"sport_end":20,"dport":80,"table":"100"},{"priority":40,"src":"all","table":"main","suppress_prefixlen":0},{"priority":50,"src":"10.0.0.0","srclen":8,"tos":"0x10","iif":"eth7","iif_detached":null,"table":"100"},{"priority":60,"not":null,"src":"0.0.0.0","srclen":1,"action":"unreachable"},{"priority":32765,"src":"all","fwmark":"0x2","fwmask":"0xff","table":"100"},{"priority":32766,"src":"all","table":"main"},{"priority":32767,"src":"all","table":"default"}]'

const directories: string[] = []
afterAll(() => directories.forEach((path) => rmSync(path, { recursive: true })))

/** A directory with these files, gone when the test file is done. */
export function boxDirectory(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'box-'))
  directories.push(directory)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}
