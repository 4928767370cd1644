import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

interface Edge {
  readonly from: string;
  /** A path below the root, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

function edgesOf(file: string, source = readFileSync(join(ROOT, file), 'utf8')): Edge[] {
  return [...source.matchAll(IMPORT)].map(([, type, plain, dynamic]) => {
    const target = plain ?? dynamic ?? '';
    const to = target.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), target)) : target;
    return { from: file, to, typeOnly: type !== undefined };
  });
}

/** Pure libraries that the core may use: parsing, hashing, text. Nothing with a clock, a socket or a file; croner has timers, and is used for its calendar. */
const CORE_PACKAGES = new Set([
  'zod',
  'ajv/dist/2020.js',
  'croner',
  'yaml',
  'safe-stable-stringify',
  'fastest-levenshtein',
  'hono/html',
  'hono/utils/html',
]);
const RULES_OF_RELEASE = /^src\/lib\/core\/release\//;
const SHAPES =
  /^src\/lib\/core\/(errors|verdict|inbox|lifecycle|notice|audit|step|canary\/state|gate\/evidence|gate\/lineage|training\/state|release\/state|policy\/policy|policy\/estate)\.ts$/;
const SHARED_BY_STAGES = /^src\/lib\/core\/release\/(state|transitions|traffic|artifact|take|crown)\.ts$/;

/** The walk: files directly in lib, and the folders into which some of them grew. */
const ROOT_OF_LIB = /^src\/lib\/(?!core\/|azure\/|channels\/)[^/]+(\.ts$|\/)/;
const PORTS = /^src\/lib\/ports(\.ts$|\/)/;
const ownFolder = (from: string) => /^src\/lib\/[^/.]+/.exec(from)?.[0] ?? from;

interface Rule {
  readonly about: RegExp;
  readonly allows: (edge: Edge) => boolean;
  readonly because: string;
}

const inside = (to: string, ...folders: string[]) =>
  folders.some((folder) => to === folder || to.startsWith(`${folder}/`));
const isPackage = (to: string) => !/^(src|emulator|demo|test|examples|bench)\//.test(to) && !to.startsWith('..');

const RULES: readonly Rule[] = [
  {
    about: /^src\/lib\/core\//,
    allows: ({ from, to }) =>
      inside(to, 'src/lib/core') || CORE_PACKAGES.has(to) ||
      (to === 'node:crypto' && (from === 'src/lib/core/names.ts' || from === 'src/lib/core/policy/stored.ts')),
    because: 'the core is pure: it imports only the core and libraries without clock, chance or I/O (node:crypto for digests, in names and stored)',
  },
  {
    about: SHAPES,
    allows: ({ to, typeOnly }) => SHAPES.test(to) || typeOnly || isPackage(to),
    because: 'shapes never import rules',
  },
  {
    about: RULES_OF_RELEASE,
    allows: ({ from, to }) => !RULES_OF_RELEASE.test(to) || SHARED_BY_STAGES.test(to) || to === from || inside(to, from.slice(0, -3)),
    because: 'stages do not import each other: decide composes them',
  },
  {
    about: ROOT_OF_LIB,
    allows: ({ from, to }) => {
      if (from === 'src/lib/deps.ts') return inside(to, 'src/lib') || isPackage(to);
      if (inside(to, 'src/lib/core', ownFolder(from)) || PORTS.test(to) || to === 'src/lib/log.ts' || to === 'zod') return true;
      return ownFolder(from) === 'src/lib/reconcile' && (to === 'src/lib/observe.ts' || to === 'src/lib/perform.ts');
    },
    because: 'a root file of lib and the folder of its name import ports, core, log and each other; reconcile also observe and perform; deps alone joins the rest',
  },
  {
    about: PORTS,
    allows: ({ to, typeOnly }) => typeOnly && (inside(to, 'src/lib/core') || PORTS.test(to)),
    because: 'ports are types only, in words of the core',
  },
  {
    about: /^src\/lib\/(azure|channels)\//,
    allows: ({ from, to }) => inside(to, dirname(from), 'src/lib/core') || PORTS.test(to) || isPackage(to),
    because: 'an adapter knows ports, core shapes and its own SDK',
  },
  {
    about: /^src\/(functions|cli)\//,
    allows: ({ from, to }) => inside(to, 'src/lib', dirname(from)) ? !inside(to, 'src/lib/azure', 'src/lib/channels') : inside(to, 'src/cli') || isPackage(to),
    because: 'functions and commands import deps and the lib function they call, never an adapter',
  },
  {
    about: /^src\//,
    allows: ({ from, to }) =>
      !to.startsWith('@azure/') || inside(from, 'src/lib/azure', 'src/lib/channels') || (to === '@azure/functions' && inside(from, 'src/functions')),
    because: '@azure packages are named only by adapters and channels; @azure/functions only by functions',
  },
  {
    about: /^(emulator|demo)\//,
    allows: ({ to }) => !inside(to, 'src'),
    because: 'the emulator is a witness, not an accomplice: it shares no code with the app',
  },
  {
    about: /^src\//,
    allows: ({ to }) => !inside(to, 'emulator', 'demo', 'test', 'bench', 'examples'),
    because: 'the app runs without the emulator, the demo and the tests',
  },
]; // prettier-ignore

function violations(edges: readonly Edge[]): string[] {
  return edges.flatMap((edge) =>
    RULES.filter(({ about, allows }) => about.test(edge.from) && !allows(edge)).map(
      ({ because }) => `${edge.from} imports ${edge.to}: ${because}`,
    ),
  );
}

const ALL = ['src', 'emulator', 'demo'].flatMap(filesBelow).flatMap((file) => edgesOf(file));

test('every import goes the way it may', () => {
  expect(ALL.length).toBeGreaterThan(100);
  expect(violations(ALL)).toEqual([]);
});

test.each([
  ['core reaching for an SDK', 'src/lib/core/decide.ts', "import { x } from '@azure/data-tables';"],
  [
    'core reaching for the clock of node',
    'src/lib/core/decide.ts',
    "import { setTimeout } from 'node:timers/promises';",
  ],
  ['a stage importing a stage', 'src/lib/core/release/shift.ts', "import { watch } from './watch.ts';"],
  ['a shape importing a rule', 'src/lib/core/lifecycle.ts', "import { decide } from './decide.ts';"],
  ['a root file importing another', 'src/lib/sweep.ts', "import { reconcile } from './reconcile.ts';"],
  ['a root file importing from the folder of another', 'src/lib/sweep.ts', "import { x } from './intake/putItem.ts';"],
  ['a folder of a root file importing another', 'src/lib/sweep/found.ts', "import { x } from '../observe.ts';"],
  ['a folder of a root file importing from another', 'src/lib/sweep/a.ts', "import { x } from '../reconcile/save.ts';"],
  ['a port importing more than types', 'src/lib/ports/training.ts', "import { x } from '../core/names.ts';"],
  ['an adapter importing the walk', 'src/lib/azure/jobs.ts', "import { observe } from '../observe.ts';"],
  ['a function naming an adapter', 'src/functions/sweep.ts', "const x = await import('../lib/azure/jobs.ts');"],
  ['the emulator importing the app', 'emulator/main.ts', "import { x } from '../src/lib/core/names.ts';"],
  ['the app importing the emulator', 'src/lib/deps.ts', "import { x } from '../../emulator/main.ts';"],
])('refuses %s', (_what, file, source) => {
  expect(violations(edgesOf(file, source))).not.toEqual([]);
});

test('there are no circles', () => {
  const targets = new Map<string, string[]>();
  for (const { from, to, typeOnly } of ALL)
    if (!typeOnly && to.endsWith('.ts')) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' -> ')];
    if (done.has(file)) return [];
    const found = (targets.get(file) ?? []).flatMap((next) => walk(next, [...path, file]));
    done.add(file);
    return found;
  };
  expect([...targets.keys()].flatMap((file) => walk(file, []))).toEqual([]);
});

test('the environment is read in one file of the app', () => {
  const readers = filesBelow('src').filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('process.env'));
  expect(readers).toEqual(['src/lib/config.ts']);
});

test('clock and chance stay outside of the core', () => {
  const forbidden = /\bDate\.now\(|new Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(/;
  const found = filesBelow('src/lib').filter((file) => forbidden.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(found).toEqual(['src/lib/deps.ts']);
});

test('function files are small', () => {
  const long = filesBelow('src/functions').filter(
    (file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 41,
  );
  expect(long).toEqual([]);
  expect(statSync(join(ROOT, 'host.json')).isFile()).toBe(true);
});
