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
  for (const mutant of chosen) {
    const outcome = await meet(mutant);
    if (!outcome.startsWith('caught')) survived.push(mutant.name);
    console.log(`${mutant.name} [${told(mutant.claimedBy)}]: ${outcome}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ mutants: chosen.length, caught: chosen.length - survived.length, survived }));
if (survived.length > 0 || chosen.length === 0) process.exitCode = 1;

/** Begins with `caught` where it was. What is not known counts as survived, and says so. */
async function meet({ file, find, replace, claimedBy }: Mutant): Promise<string> {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const places = text.split(find).length - 1;
  if (places !== 1) return `UNKNOWN, its place stands ${places} times in ${file}`;
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  try {
    const [fault, finding] = await Promise.all([faultOfTypes(), judge(claimedBy, folder)]);
    if (fault !== undefined) return `UNKNOWN, does not compile: ${fault}`;
    if (finding.is === 'holds') return 'SURVIVED';
    return `${finding.is === 'violated' ? 'caught' : 'UNKNOWN'}, ${said(finding)}`;
  } finally {
    writeFileSync(path, text);
  }
}

/** Why it does not compile. A fault that the compiler finds needs no test. */
async function faultOfTypes(): Promise<string | undefined> {
  const flags = ['--noEmit', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
  const ended = await run(['node_modules/typescript/bin/tsc', ...flags], folder);
  if (ended?.code === 0) return undefined;
  return ended?.output.split('\n')[0] ?? 'the compiler took too long';
}
