import { readdirSync } from 'node:fs';

/**
 * The import rules of the source tree, checked by `npm run check:imports`.
 *
 * The source is a house of rooms, one folder each. Imports point down the lists below or stay in their room. To add a
 * room, put its name in its place; to order the folders inside a room, add a list for it.
 */

/** Folders from top to bottom. What stands in a list may import from its own folder and from those after it. */
const ORDERED_ROOMS = [
  {
    inside: 'src',
    rooms: [
      'cli',
      'studio',
      'report',
      'views',
      'pipeline',
      'recipe',
      'tracking',
      'stages',
      'evaluation',
      'serve',
      'run',
      'engine',
      'data',
      'text',
      'method',
    ],
  },
  { inside: 'src/stages', rooms: ['training', 'rewards', 'definition'] },
  { inside: 'src/evaluation', rooms: ['comparison', 'benchmarks', 'answers', 'graders', 'statistics'] },
  { inside: 'src/evaluation/graders', rooms: ['choice', 'integer', 'math', 'weighing', 'replies'] },
  { inside: 'src/evaluation/graders/math', rooms: ['extraction', 'equality', 'reading', 'tree'] },
  {
    inside: 'src/evaluation/graders/math/extraction',
    rooms: ['conclusions', 'remarks', 'retractions', 'marks', 'values'],
  },
  { inside: 'src/pipeline', rooms: ['adaptation', 'memory', 'advice', 'inputs'] },
  { inside: 'src/engine/local', rooms: ['thread', 'run', 'programs', 'weights', 'graph', 'files'] },
  { inside: 'src/serve', rooms: ['http', 'service', 'compute', 'store'] },
  { inside: 'src/engine/tinker', rooms: ['probe', 'client', 'protocol'] },
  { inside: 'src/data', rooms: ['adapters', 'columns', 'choices', 'tasks', 'hub', 'files', 'sequences'] },
];

/**
 * Folders of src/engine that hold one engine each, and the only modules outside them that may open them. remote/ is
 * what engines on other machines share.
 */
const ENGINES = readdirSync(new URL('src/engine/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['remote', 'testing'].includes(entry.name))
  .map(({ name }) => name);
const ENGINE_DOORS = ['engine/kinds', 'engine/model-files', 'engine/random-model', 'index'];

/** The messages of the Tinker protocol, which its client and its server share. */
const WIRE = '^src/engine/tinker/protocol/';

/** The modules beside the rooms (errors, random, storage, ...) are the floor that every room stands on. */
const FLOOR = { path: '^src/[^/]+\\.ts$', pathNot: '^src/index\\.ts$' };

const TESTS = '\\.test\\.ts$|/testing/';
const oneOf = (names) => `(${names.join('|')})`;

const downwardRules = ORDERED_ROOMS.flatMap(({ inside, rooms }) =>
  rooms.slice(1).map((room, above) => ({
    name: `down-only:${inside}/${room}`,
    comment: `${inside}/${room} is below ${rooms.slice(0, above + 1).join(', ')}. Move what is shared down.`,
    severity: 'error',
    from: { path: `^${inside}/${room}/` },
    to: { path: `^${inside}/${oneOf(rooms.slice(0, above + 1))}/` },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...downwardRules,
    {
      name: 'floor-below-all',
      comment: 'Modules beside the rooms may import only one another.',
      severity: 'error',
      from: { path: FLOOR.path, pathNot: [FLOOR.pathNot, TESTS] },
      to: { path: ['^src/.+/', '^src/index\\.ts$'] },
    },
    {
      name: 'index-above-all',
      comment: 'src/index.ts is the public face of the package: it imports from the rooms and none imports it.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'engines-behind-their-boundary',
      comment: 'Use src/engine/engine.ts. Only the modules in ENGINE_DOORS may open the folder of an engine.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [`^src/${oneOf(ENGINE_DOORS)}\\.ts$`, `^src/engine/${oneOf(ENGINES)}/`, TESTS],
      },
      to: { path: `^src/engine/${oneOf(ENGINES)}/`, pathNot: WIRE },
    },
    {
      name: 'wire-of-the-server',
      comment: 'The wire of the Tinker protocol is shared by its client, the engine, and its server, src/serve.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/serve/', `^src/engine/${oneOf(ENGINES)}/`, TESTS] },
      to: { path: WIRE },
    },
    {
      name: 'engines-apart',
      comment: 'An engine knows nothing of the others.',
      severity: 'error',
      from: { path: `^src/engine/${oneOf(ENGINES)}/` },
      to: { path: `^src/engine/${oneOf(ENGINES)}/`, pathNot: '^src/engine/$1/' },
    },
    {
      name: 'remote-below-engines',
      comment: 'What engines on other machines share knows none of them.',
      severity: 'error',
      from: { path: '^src/engine/remote/' },
      to: { path: `^src/engine/${oneOf(ENGINES)}/` },
    },
    {
      name: 'method-is-pure',
      comment:
        'src/method holds the formulas of the paper: no I/O, no engine, no libraries, nothing but itself and errors.',
      severity: 'error',
      from: { path: '^src/method/', pathNot: TESTS },
      to: { pathNot: ['^src/method/', '^src/errors\\.ts$'] },
    },
    {
      name: 'one-loader-of-onnx-runtime',
      comment: 'src/engine/local/graph/onnxruntime.ts switches its telemetry off first. Imports of types load nothing.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/local/graph/onnxruntime\\.ts$' },
      to: { path: 'node_modules/onnxruntime-node/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle has no bottom: neither file can be read, tested or moved alone.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-test-code-in-the-package',
      comment: 'Tests and testing/ folders are left out of the package.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'no-development-packages-in-the-package',
      comment: 'What the package imports must be among its dependencies. KaTeX is bundled into the one module below.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, '^src/report/formula\\.ts$'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'An import must lead to a file or an installed package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count too: they tie rooms together as much as imports of values do.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
};
