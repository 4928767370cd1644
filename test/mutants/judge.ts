/** Who claims a fault is asked about the code in a folder. A run that did not get as far as a judgement has noticed nothing. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { told, type Claim } from './claims.ts';

/** `violated`: an assertion of a claimed test failed, or a seed broke a rule. */
export type Finding =
  | { readonly is: 'holds' }
  | { readonly is: 'violated'; readonly what: string }
  | { readonly is: 'unknown'; readonly why: string };

const LIMIT_MS = 5 * 60_000;
const SLOW = `took longer than ${LIMIT_MS / 60_000} minutes`;

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});
export type Report = z.infer<typeof report>;
const summary = z.object({ seeds: z.number(), violations: z.number() });

export function judge(claim: Claim, folder: string): Promise<Finding> {
  return 'seeds' in claim ? simulated(claim.seeds, folder) : tested(claim, folder);
}

async function tested(claim: { readonly test: string; readonly named: string }, folder: string): Promise<Finding> {
  const given = await testReport([claim.test, '--testNamePattern', literally(claim.named)], folder);
  return typeof given === 'string' ? { is: 'unknown', why: given } : findingIn(given, claim);
}

/** Which of the claims do not hold as the code stands; each of them must, or it proves nothing of a fault. */
export async function broken(claims: readonly Claim[], folder: string): Promise<string[]> {
  const tests = claims.filter((claim) => 'test' in claim);
  const seeds = Math.max(0, ...claims.map((claim) => ('seeds' in claim ? claim.seeds : 0)));
  const given = tests.length === 0 ? undefined : await testReport([...new Set(tests.map(({ test }) => test))], folder);
  const findings = tests.map((claim): [Claim, Finding] => [
    claim,
    typeof given === 'object' ? findingIn(given, claim) : { is: 'unknown', why: given ?? '' },
  ]);
  if (seeds > 0) findings.push([{ seeds }, await simulated(seeds, folder)]);
  return findings.flatMap(([claim, finding]) => (finding.is === 'holds' ? [] : [`${told(claim)}: ${said(finding)}`]));
}

export function said(finding: Exclude<Finding, { is: 'holds' }>): string {
  return finding.is === 'violated' ? finding.what : finding.why;
}

/** Of the claimed tests. One that threw, or was stopped, may have failed over anything: the assertion of another counts. */
export function findingIn(
  { testResults }: Report,
  { test, named }: { readonly test: string; readonly named: string },
): Finding {
  const file = testResults.find(({ name }) => name.endsWith(`/${test}`));
  const ran = (file?.assertionResults ?? []).filter(
    ({ fullName, status }) => fullName.includes(named) && (status === 'passed' || status === 'failed'),
  );
  const failed = ran.filter(({ status }) => status === 'failed');
  const asserted = failed.find(({ failureMessages }) => failureMessages.some(isAssertion));
  if (asserted) return { is: 'violated', what: asserted.fullName };
  const [other] = failed;
  if (other) return { is: 'unknown', why: `failed without an assertion: ${firstLine(other.failureMessages[0])}` };
  if (ran.length === 0) return { is: 'unknown', why: `no such test ran: ${firstLine(file?.message)}` };
  return { is: 'holds' };
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isAssertion(message: string): boolean {
  return message.startsWith('AssertionError');
}

function firstLine(text: string | undefined): string {
  return text?.split('\n')[0] ?? '';
}

/** What vitest wrote down, or why there is nothing. */
async function testReport(given: readonly string[], folder: string): Promise<Report | string> {
  const file = join(folder, 'report.json');
  rmSync(file, { force: true });
  const ended = await run(
    ['node_modules/vitest/vitest.mjs', 'run', ...given, '--reporter=json', `--outputFile=${file}`],
    folder,
  );
  if (ended === undefined) return SLOW;
  return existsSync(file) ? report.parse(JSON.parse(readFileSync(file, 'utf8'))) : 'no test was started';
}

async function simulated(seeds: number, folder: string): Promise<Finding> {
  const ended = await run(
    ['--disable-warning=ExperimentalWarning', 'test/simulation/main.ts', '--seeds', String(seeds)],
    folder,
  );
  return ended === undefined ? { is: 'unknown', why: SLOW } : findingOf(ended.output, seeds);
}

/** Of the simulation's lines, the last of which is JSON. A day that threw has broken no rule. */
export function findingOf(output: string, seeds: number): Finding {
  const lines = output.trimEnd().split('\n');
  const sum = summaryIn(lines.at(-1) ?? '');
  const broke = lines.find((line) => /^seed \d+: (?!the simulation threw)/.test(line));
  if (broke !== undefined && sum !== undefined) return { is: 'violated', what: broke };
  if (sum?.seeds !== seeds || sum.violations > 0)
    return { is: 'unknown', why: `the simulation did not end: ${lines[0] ?? ''}` };
  return { is: 'holds' };
}

function summaryIn(line: string): z.infer<typeof summary> | undefined {
  try {
    return summary.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Undefined: it took too long and was stopped, with all that it had started. */
export function run(given: readonly string[], folder: string): Promise<Ended | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, given, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    let stopped = false;
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => {
      stopped = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, LIMIT_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(stopped ? undefined : { code, output });
    });
  });
}
