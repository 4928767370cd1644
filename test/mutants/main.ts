/** npm run mutants [-- NAME]: applies each fault to a copy, and sees that it is noticed. The last line is JSON. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MUTANTS, type Mutant } from './mutants.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const COPIED = [
  'src',
  'test',
  'emulator',
  'demo',
  'examples',
  'docs',
  'infra',
  'bench',
  'schemas',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'host.json',
  'local.settings.sample.json',
  'build.ts',
];
/** Enough to meet each of the faults that the simulation claims. */
const SEEDS = '400';
const LIMIT_MS = 10 * 60_000;

interface Result {
  readonly name: string;
  readonly claimedBy: string;
  /** Undefined: it was noticed. */
  readonly fault?: string;
}

const only = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
const results: Result[] = [];
try {
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const mutant of MUTANTS.filter(({ name }) => only === undefined || name === only)) {
    const result = await meet(mutant);
    results.push(result);
    console.log(
      `${result.fault === undefined ? 'caught' : `SURVIVED (${result.fault})`}: ${mutant.name} [${mutant.claimedBy}]`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const survived = results.filter(({ fault }) => fault !== undefined).map(({ name }) => name);
console.log(JSON.stringify({ mutants: results.length, caught: results.length - survived.length, survived }));
if (survived.length > 0) process.exitCode = 1;

async function meet({ name, file, find, replace, claimedBy }: Mutant): Promise<Result> {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const told = { name, claimedBy };
  if (text.split(find).length !== 2)
    return { ...told, fault: `stands ${text.split(find).length - 1} times in ${file}` };
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  try {
    if (!(await passes('npx', ['tsc', '--noEmit', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'])))
      return { ...told, fault: 'does not compile' };
    const noticed = !(await (claimedBy === 'simulation' ? simulated() : passes('npx', ['vitest', 'run', claimedBy])));
    return noticed ? told : { ...told, fault: 'not noticed' };
  } finally {
    writeFileSync(path, text);
  }
}

function simulated(): Promise<boolean> {
  return passes(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    'test/simulation/main.ts',
    '--seeds',
    SEEDS,
  ]);
}

async function passes(command: string, given: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)(command, given, { cwd: folder, timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 });
    return true;
  } catch {
    return false;
  }
}
