// Who may import whom: each folder of src, and the folders and files it may import. One direction, checked by `npm run check`.
const may = {
  capture: ['memory'],
  memory: [],
  ruleset: [],
  sets: ['ruleset', 'memory'],
  box: ['ruleset', 'sets'],
  extensions: ['ruleset', 'memory', 'box', 'sets'],
  syntax: ['ruleset', 'extensions'],
  compile: ['ruleset', 'extensions', 'memory', 'box'],
  netfilter: ['ruleset', 'extensions', 'box', 'memory', 'compile'],
  engine: ['capture', 'ruleset', 'extensions', 'syntax', 'compile', 'netfilter', 'box', 'memory', 'statistics'],
  statistics: ['ruleset', 'memory', 'compile'],
  report: ['capture', 'statistics', 'ruleset', 'syntax', 'compile', 'memory', 'box'],
  benchmark: ['ruleset', 'box', 'extensions', 'syntax', 'statistics', 'report', 'replay.ts'],
  kernel: ['box', 'ruleset', 'capture', 'memory', 'replay.ts'],
}

module.exports = {
  forbidden: [
    ...Object.entries(may).map(([folder, allowed]) => ({
      name: `${folder}-imports`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^(src|workers|test|bench)/', pathNot: [folder, ...allowed].map((name) => `^src/${name}(/|$)`) },
    })),
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-imports-cli', severity: 'error', from: { pathNot: '^(src/cli|test)/' }, to: { path: '^src/cli/' } },
    { name: 'workers-by-url', severity: 'error', from: { pathNot: '^(workers|test)/' }, to: { path: '^workers/' } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|src/dataplane|src/statistics/generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node'] },
  },
}
