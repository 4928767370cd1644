/** npm run mutants [-- NAME]: applies each fault to a copy, and sees that who claims it notices. The last line is JSON. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { told, type Mutant } from './claims.ts';
import { broken, judge, run, said } from './judge.ts';
import { MUTANTS } from './mutants.ts';

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

const only = process.argv[2];
const chosen = MUTANTS.filter(({ name }) => only === undefined || name === only);
const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
const survived: string[] = [];
try {
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const faults = await broken(
    chosen.map(({ claimedBy }) => claimedBy),
    folder,
  );
  if (faults.length > 0) throw new Error(`Without any fault put in:\n${faults.join('\n')}`);
  const compiling = await whatCompiles(chosen.filter((mutant) => placesOf(mutant) === 1));
  for (const mutant of chosen) {
    const outcome = compiling.includes(mutant) ? await meet(mutant) : `UNKNOWN, ${whyNot(mutant)}`;
    if (!outcome.startsWith('caught')) survived.push(mutant.name);
    console.log(`${mutant.name} [${told(mutant.claimedBy)}]: ${outcome}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ mutants: chosen.length, caught: chosen.length - survived.length, survived }));
if (survived.length > 0 || chosen.length === 0) process.exitCode = 1;

function placesOf({ file, find }: Mutant): number {
  return readFileSync(join(folder, file), 'utf8').split(find).length - 1;
}

function whyNot(mutant: Mutant): string {
  const places = placesOf(mutant);
  return places === 1 ? 'it does not compile' : `its place stands ${places} times in ${mutant.file}`;
}

/** Begins with `caught` where it was. What is not known counts as survived, and says so. */
async function meet(mutant: Mutant): Promise<string> {
  const finding = await withFaults([mutant], () => judge(mutant.claimedBy, folder));
  if (finding.is === 'holds') return 'SURVIVED';
  return `${finding.is === 'violated' ? 'caught' : 'UNKNOWN'}, ${said(finding)}`;
}

/** Compiling takes longer than most tests: so one fault of each file at a time, and each alone only where that fails. */
async function whatCompiles(mutants: readonly Mutant[]): Promise<Mutant[]> {
  const good: Mutant[] = [];
  const ofFiles = [...Map.groupBy(mutants, ({ file }) => file).values()];
  for (let at = 0; ofFiles.some((list) => list.length > at); at += 1) {
    const round = ofFiles.flatMap((list) => list.slice(at, at + 1));
    if (await compiles(round)) good.push(...round);
    else for (const mutant of round) if (await compiles([mutant])) good.push(mutant);
  }
  return good;
}

async function compiles(mutants: readonly Mutant[]): Promise<boolean> {
  const flags = ['--noEmit', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
  const ended = await withFaults(mutants, () => run(['node_modules/typescript/bin/tsc', ...flags], folder));
  return ended?.code === 0;
}

/** No two of one file. */
async function withFaults<T>(mutants: readonly Mutant[], act: () => Promise<T>): Promise<T> {
  const texts = mutants.map(({ file }) => [join(folder, file), readFileSync(join(folder, file), 'utf8')] as const);
  try {
    for (const { file, find, replace } of mutants) {
      const path = join(folder, file);
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(find, () => replace),
      );
    }
    return await act();
  } finally {
    for (const [path, text] of texts) writeFileSync(path, text);
  }
}
