/**
 * Who may import whom: the layers of `docs/architecture.md` as rules that run. A comment tells the person who broke a
 * rule why it exists.
 */

/** Folder of `src` to the folders it may import, and why not more. `contract` stands for the files next to `index.ts`. */
/** @type {Record<string, { may: string[], why: string, besides?: string }>} `besides`: one file outside of these folders. */
const layers = {
  compiler: { may: [], why: 'The compiler interface is the bottom: a second compiler replaces this folder alone.' },
  catalogue: { may: [], why: 'Lock models are data; they know neither the compiler nor the engine.' },
  dataflow: { may: [], why: 'The solver and its lattices know nothing of JavaScript.' },
  findings: { may: [], why: 'A finding is plain data that outlives the program it was found in.' },
  syntax: { may: ['compiler'], why: 'Syntax asks no types and keeps no state.' },
  types: { may: ['compiler', 'syntax'], why: 'Types answer questions; they do not know who asks.' },
  places: {
    may: ['compiler', 'syntax', 'types', 'dataflow', 'catalogue'],
    why: 'A place is known before events, graphs and locks are.',
  },
  locks: {
    may: ['compiler', 'syntax', 'types', 'dataflow', 'catalogue', 'places', 'contract'],
    why: 'Which call is a lock operation does not depend on the flow around it.',
  },
  events: {
    may: ['compiler', 'syntax', 'types', 'dataflow', 'catalogue', 'places', 'locks'],
    why: 'Lowering looks at one function; it knows no graph and no summary.',
  },
  cfg: {
    may: ['compiler', 'syntax', 'dataflow', 'places', 'locks', 'events'],
    why: 'The graph orders the events of statements as they are lowered; it asks no type itself.',
  },
  summaries: {
    may: ['compiler', 'syntax', 'types', 'dataflow', 'catalogue', 'places', 'locks', 'events', 'cfg', 'contract'],
    why: 'A summary says what a function does, not what is wrong with it.',
  },
  checks: {
    may: [
      'compiler', 'syntax', 'types', 'dataflow', 'catalogue', 'places', 'locks', 'events', 'cfg', 'summaries', 'findings',
      'contract',
    ],
    why: 'A check computes findings; it neither prints nor knows who runs it.',
  },
  replay: {
    may: ['compiler', 'syntax', 'types', 'places', 'locks', 'events', 'cfg', 'summaries', 'findings', 'contract'],
    why: 'A replay is made of a finding and of what is known of its functions; it neither finds nor writes anything.',
  },
  reporters: { may: ['findings'], why: 'A reporter turns plain data into text.' },
  program: { may: ['reporters', 'findings', 'contract'], why: 'Loading a project uses the engine through its public interface.' },
  cli: {
    may: ['program', 'reporters', 'findings', 'contract'],
    why: 'The command line uses the engine through its public interface, and describes the rules by the metadata of the plugin.',
    besides: '^rules/index\\.ts$',
  },
};

const contract = '^src/[^/]+\\.ts$';
const engine = '^src/(compiler|syntax|types|places|events|cfg|locks|catalogue|dataflow|summaries|checks|findings|replay)/|^src/[^/]+\\.ts$';

const layerRules = Object.entries(layers).map(([folder, { may, why, besides }]) => ({
  name: `layer-${folder}`,
  comment: `src/${folder} imports ${may.length === 0 ? 'nothing of ours' : `only ${may.join(', ')}`}. ${why}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^(src|rules)/',
    pathNot: [`^src/${folder}/`, ...may.map((other) => (other === 'contract' ? contract : `^src/${other}/`)), ...(besides ? [besides] : [])],
  },
}));

/** @type {{ forbidden: import('dependency-cruiser').IForbiddenRuleType[], options: import('dependency-cruiser').ICruiseOptions }} */
const config = {
  forbidden: [
    ...layerRules,
    {
      name: 'checks-apart',
      comment: 'Checks share nothing with each other; what two of them need is a concept of a lower layer. Only the registry lists them.',
      severity: 'error',
      from: { path: '^src/checks/', pathNot: '^src/checks/(registry|check)\\.ts$' },
      to: { path: '^src/checks/', pathNot: '^src/checks/check\\.ts$' },
    },
    {
      name: 'rules-use-the-public-engine',
      comment: 'A rule is an adapter: it sees the engine through src/index.ts, as any other program does.',
      severity: 'error',
      from: { path: '^rules/' },
      to: { path: '^src/', pathNot: '^src/index\\.ts$' },
    },
    {
      name: 'public-engine-is-not-the-command-line',
      comment: 'The engine prints nothing and loads nothing; reporters, program and cli are its users.',
      severity: 'error',
      from: { path: contract },
      to: { path: '^(src/(cli|program|reporters)|rules)/' },
    },
    {
      name: 'compiler-is-injected',
      comment: 'The engine is handed its compiler. Types come through src/compiler/compiler.ts, which costs nothing at run time.',
      severity: 'error',
      from: { path: engine, pathNot: '^src/compiler/compiler\\.ts$' },
      to: { path: '(^|/)node_modules/typescript/' },
    },
    {
      name: 'compiler-types-only',
      comment: 'Even the compiler interface imports TypeScript for its types alone.',
      severity: 'error',
      from: { path: '^src/compiler/' },
      to: { path: '(^|/)node_modules/typescript/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'engine-without-the-machine',
      comment: 'No file system, process, clock or randomness in the engine: the same program gives the same findings anywhere.',
      severity: 'error',
      from: { path: engine },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'reporters-and-rules-without-files',
      comment: 'Reporters return text and rules report to ESLint; who runs them reads and writes files.',
      severity: 'error',
      from: { path: '^(src/reporters|rules)/' },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|fs/promises|child_process|http|https|net)$' },
    },
    {
      name: 'eslint-in-rules-only',
      comment: 'Nothing below the rules knows ESLint.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '(^|/)node_modules/(eslint|@eslint|@typescript-eslint|typescript-eslint)/' },
    },
    {
      name: 'no-cycle',
      comment:
        'Two modules that need each other are one module, or lack a third. Types may refer to each other. Lowering is one ' +
        'recursion over the syntax tree and summaries are one recursion over the calls of a program; both are spread over files.',
      severity: 'error',
      from: { pathNot: '^src/(events|summaries)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'The import does not lead anywhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};

export default config;
