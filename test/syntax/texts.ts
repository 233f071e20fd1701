/**
 * Whole IPv4 texts that iptables-restore takes or refuses.
 */
export interface WholeText {
  readonly what: string
  readonly text: string
  readonly accepted: boolean
}

function filter(...lines: string[]): string {
  return ['*filter', ...lines, 'COMMIT', ''].join('\n')
}

function accepted(what: string, text: string): WholeText {
  return { what: `${what} is accepted`, text, accepted: true }
}

function refused(what: string, text: string): WholeText {
  return { what: `${what} is refused`, text, accepted: false }
}

export const TEXTS: readonly WholeText[] = [
  accepted('an empty text', ''),
  accepted('a text of comments', '# one\n\n# two\n'),
  accepted('a table without a line', '*filter\nCOMMIT\n'),
  accepted('a comment and an empty line in a table', filter('', '# x', ':INPUT DROP [0:0]')),
  accepted('something behind the name of the table', '*filter x\nCOMMIT\n'),
  accepted('a rule with spaces and tabs in front', filter(' \t-A INPUT -j DROP')),
  accepted('a chain line between tabs', filter(':x\t-\t[0:0]', '-A INPUT -j x')),
  accepted('a policy "-" of a built-in chain', filter(':INPUT - [0:0]')),
  accepted('a chain name of 28 characters', filter(`:${'x'.repeat(28)} - [0:0]`)),
  accepted('a chain with the name of a target', filter(':LOG - [0:0]', '-A INPUT -j LOG')),
  accepted('a goto', filter(':x - [0:0]', '-A INPUT -g x')),
  accepted('a loop of chains that no hook reaches', filter(':a - [0:0]', ':b - [0:0]', '-A a -j b', '-A b -j a')),
  accepted(
    'a loop behind a rule that takes all',
    filter(':a - [0:0]', '-A INPUT -j ACCEPT', '-A INPUT -j a', '-A a -j a'),
  ),
  accepted(
    'mac in a chain that only INPUT leads to',
    filter(':x - [0:0]', '-A INPUT -j x', '-A x -m mac --mac-source 0:0:0:0:0:1'),
  ),
  accepted('mac in a chain that nothing leads to', filter(':x - [0:0]', '-A x -m mac --mac-source 0:0:0:0:0:1')),
  accepted('DROP as the policy of a chain of nat', '*nat\n:PREROUTING DROP [0:0]\nCOMMIT\n'),
  accepted('an insertion behind the last rule', filter('-A INPUT', '-I INPUT 2')),
  accepted('a table twice', '*filter\nCOMMIT\n*filter\nCOMMIT\n'),
  accepted('a rule with an unknown chain for the other family', filter('-6 -A INPUT -j DROP')),
  accepted('an argument of 1023 characters', filter(`-A INPUT -m comment --comment ${'x'.repeat(1023)}`)),
  refused('a rule without a table', '-A INPUT -j DROP\n'),
  refused('a table that does not exist', '*fliter\nCOMMIT\n'),
  refused('a table without COMMIT', '*filter\n-A INPUT -j DROP\n'),
  refused('a table inside a table', '*filter\n*mangle\nCOMMIT\nCOMMIT\n'),
  refused('a table without a name', '*\nCOMMIT\n'),
  refused('white space behind COMMIT', '*filter\nCOMMIT \n'),
  refused('a line of spaces in a table', filter('   ')),
  refused('an indented comment in a table', filter(' # x')),
  refused('a word that is no command', filter('INPUT -j DROP')),
  refused('a rule without a command', filter('-p tcp -j DROP')),
  refused('two commands', filter('-A INPUT -A OUTPUT')),
  refused('a chain line without a policy', filter(':x')),
  refused('a chain line without a name', filter(':')),
  refused('a policy of a user chain', filter(':x ACCEPT [0:0]')),
  refused('a policy REJECT', filter(':INPUT REJECT [0:0]')),
  refused('a policy RETURN', filter(':INPUT RETURN [0:0]')),
  refused('a chain name of 29 characters', filter(`:${'x'.repeat(29)} - [0:0]`)),
  refused('a chain twice', filter(':x - [0:0]', ':x - [0:0]')),
  refused('a chain called ACCEPT', filter(':ACCEPT - [0:0]')),
  refused('a new chain with the name of a target', filter('-N LOG')),
  refused('a new chain whose name begins with a dash', filter('-N -x')),
  refused('a rule of an unknown chain', filter('-A x -j DROP')),
  refused('a rule of a chain of another table', filter('-A PREROUTING -j DROP')),
  refused('a jump to a chain that comes later', filter('-A INPUT -j x', ':x - [0:0]')),
  refused('a jump to a built-in chain', filter('-A INPUT -j OUTPUT')),
  refused('a goto to a built-in chain', filter('-A INPUT -g OUTPUT')),
  refused('a goto to a verdict', filter('-A INPUT -g DROP')),
  refused('a jump to itself', filter(':x - [0:0]', '-A INPUT -j x', '-A x -j x')),
  refused('a loop of two chains', filter(':a - [0:0]', ':b - [0:0]', '-A INPUT -j a', '-A a -j b', '-A b -i lo -j a')),
  refused('a loop by goto', filter(':a - [0:0]', ':b - [0:0]', '-A OUTPUT -g a', '-A a -g b', '-A b -g a')),
  refused(
    'mac in a chain that OUTPUT leads to',
    filter(':x - [0:0]', '-A OUTPUT -j x', '-A x -m mac --mac-source 0:0:0:0:0:1'),
  ),
  refused('DROP in a rule of nat', '*nat\n-A PREROUTING -j DROP\nCOMMIT\n'),
  refused('DROP by -P in nat', '*nat\n-P PREROUTING DROP\nCOMMIT\n'),
  refused('an insertion far behind the last rule', filter('-I INPUT 2 -j DROP')),
  refused('an insertion at 0', filter('-I INPUT 0 -j DROP')),
  refused('counters without an end', filter('[1:2 -A INPUT')),
  refused('counters without bytes', filter('[1] -A INPUT')),
  refused('counters twice', filter('[1:2] -A INPUT -c 1 2')),
  refused('-P with a match', filter('-P INPUT DROP -p tcp')),
  refused('-N with a match', filter('-N x -p tcp')),
  refused('an argument of 1024 characters', filter(`-A INPUT -m comment --comment ${'x'.repeat(1024)}`)),
  refused('a line of 300 words', filter(`-A INPUT ${'-m mark --mark 1 '.repeat(100)}`)),
  refused('a line of 11,000 characters', filter(`-A INPUT -m comment --comment ${`"${'x'.repeat(900)}" `.repeat(13)}`)),
]
