import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { decide } from '../../../../bench/decisions/outcome.ts';
import type { Method } from '../../../../bench/decisions/method.ts';
import { resultsOf } from '../../../../bench/decisions/results.ts';
import { EVERYTHING, runAll, type Asked } from '../../../../bench/decisions/run.ts';
import { terminalTables } from '../../../../bench/decisions/tables.ts';
import { minute, arm, plan } from './given.ts';

const asked: Asked = { purpose: 'tuning', from: 0, plans: 3, ...EVERYTHING };

test('a quick run has a row for each method that judges a scenario, and says which seeds', async () => {
  const results = await resultsOf(asked, 0);
  expect(results.seeds).toEqual({ named: [1_000_000_000, 1_000_000_002], random: [1_500_000_000, 1_500_000_002] });
  // Eighteen named scenarios and twelve random ones; the oracle has no opinion on latency and memory.
  expect(results.rows).toHaveLength(30 * EVERYTHING.methods.length - 4);
  // Of what pre-flight refused altogether nothing came.
  const begun = results.rows.filter(({ plans, refused }) => plans > refused);
  expect(begun.length).toBeGreaterThan(results.rows.length / 2);
  expect(begun.every(({ rolledBack, promoted, held }) => Math.abs(rolledBack + promoted + held - 1) < 1e-4)).toBe(true);
  expect(terminalTables(results)).toContain('tuning seeds: named 1000000000..1000000002');
}, 120_000); // prettier-ignore

test('the number of threads, and what else is run, change nothing', async () => {
  const some: Asked = { ...asked, plans: 25, methods: ['z-test each minute', 'oracle (SPRT)'], scenarios: ['err2x', 'low_fail'] };
  const [alone, threaded] = [await runAll(some, 0), await runAll(some, 3)];
  expect(threaded).toEqual(alone);
  const later = await runAll({ ...some, from: 20, plans: 5, methods: ['oracle (SPRT)'], scenarios: ['low_fail'] }, 0);
  const lowFail = alone.find(({ set, scenario }) => set === 'random' && scenario === 'low_fail')?.trials.slice(20);
  expect(later[1]?.trials.map(({ outcomes }) => outcomes[0])).toEqual(lowFail?.map(({ outcomes }) => outcomes[1]));
}, 120_000); // prettier-ignore

test('from the command line: few plans, printed, nothing written', async () => {
  const main = fileURLToPath(new URL('../../../../bench/decisions/main.ts', import.meta.url));
  const written = fileURLToPath(new URL('../../../../bench/results/decisions.json', import.meta.url));
  const before = statSync(written).mtimeMs;
  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', main, '--quick', '--plans', '2', '--only', 'Kayenta', '--threads', '2']);
  expect(stdout).toContain('judging seeds: named 2000000000..2000000001');
  expect(stdout).toMatch(/Kayenta, once +\d/);
  expect(stdout).not.toContain('Flagger');
  expect(statSync(written).mtimeMs).toBe(before);
}, 120_000); // prettier-ignore

const minutes = Array.from({ length: 60 }, () => minute(arm()));
const exposed = minutes.map(() => ({ requests: 10, errors: 1 }));
const deciding = (decision: 'rollBack' | 'promote' | 'goOn', changed: Partial<Method> = {}): Method => {
  let looks = 0;
  const look = () => ((looks += 1) === 7 ? decision : 'goOn');
  return { name: 'seventh', undecided: 'held', begin: () => ({ look }), ...changed };
};

const of = (method: Method) => decide(method, plan(), { baseError: 0.01 }, { minutes, exposed });

test('an outcome says when, and who met the challenger until then', () => {
  expect(of(deciding('rollBack'))).toEqual({ end: 'rolledBack', minutes: 7, exposed: 70, failed: 7 });
  expect(of(deciding('promote'))).toEqual({ end: 'promoted', minutes: 7, exposed: 600, failed: 60 });
  expect(of(deciding('goOn'))).toEqual({ end: 'held', minutes: 60, exposed: 600, failed: 60 });
  expect(of(deciding('goOn', { undecided: 'promote' })).end).toBe('promoted');
  expect(of(deciding('goOn', { preflight: () => ({ refused: 'too quiet' }) })).end).toBe('refused');
  expect(of(deciding('goOn', { judges: () => false })).end).toBe('notJudged');
});
