/**
 * Bad candidates as they happen, each of which somebody took for an improvement, and good ones. All of them are judged as the gate's
 * stage does it, from the lines of the predictions file on.
 */
import { describe, expect, test } from 'vitest';
import type { Evidence, Measured } from '../../../../src/lib/core/gate/evidence.ts';
import type { JobTold } from '../../../../src/lib/core/gate/lineage.ts';
import { judgement } from '../../../../src/lib/core/gate/judgement.ts';
import { countPairs, type Pairs } from '../../../../src/lib/core/gate/pairs.ts';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Release } from '../../../../src/lib/core/release/state.ts';
import type { Verdict } from '../../../../src/lib/core/verdict.ts';
import { policyOf, releasing } from '../given.ts';
import { seeded } from '../seeded.ts';

interface Row {
  readonly id: unknown;
  readonly label: unknown;
  readonly champion: unknown;
  readonly challenger: unknown;
  readonly slice?: Readonly<Record<string, unknown>>;
}

/** Loans: what is true of each, and what the champion and a challenger that knows more say of it. */
interface Loan {
  readonly label: number;
  readonly champion: number;
  readonly better: number;
  readonly region: string;
  readonly luck: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const LOANS: readonly Loan[] = (() => {
  const next = seeded(20_261_126);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Array.from({ length: 3000 }, (_, at) => {
    const truth = 2 * normal() - 0.5;
    const seen = truth + 1.5 * normal();
    const label = next() < sigmoid(truth) ? 1 : 0;
    return { label, champion: sigmoid(seen * 0.6), better: sigmoid((seen + 2 * truth) * 0.3), region: at % 3 ? 'north' : 'south', luck: next() };
  });
})(); // prettier-ignore

const rowsOf = (challenger: (loan: Loan, at: number) => unknown, loans = LOANS): readonly Row[] =>
  loans.map((loan, at) => ({ id: at, label: loan.label, champion: loan.champion, challenger: challenger(loan, at), slice: { region: loan.region } })); // prettier-ignore
const better = rowsOf((loan) => loan.better);
/** As good as the champion, and a bit lucky. */
const equal = rowsOf(({ champion, luck, label }) =>
  Math.min(1, Math.max(0, champion + 0.1 * (luck - 0.5) + (label === 1 ? 0.002 : 0))),
);

interface Given {
  readonly rows?: readonly Row[];
  readonly lines?: (lines: readonly string[]) => readonly string[];
  readonly logged?: Evidence['metrics'];
  readonly evidence?: Partial<Evidence>;
  readonly gate?: Partial<GatePolicy>;
  readonly trained?: { readonly champion: Measured; readonly challenger: Measured };
  readonly release?: Partial<Release>;
  /** What its training job says, where the policy asks how it came to be. */
  readonly told?: JobTold;
  readonly before?: Partial<Pick<Lifecycle, 'holdouts'>> & { readonly slices?: readonly string[] };
}

const GATE: GatePolicy = {
  metric: 'auc', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, min: 0.7, require: [],
  guardrails: [{ metric: 'brier', comparison: { better: 'lower', compare: 'nonInferior', margin: 0.01 } }],
  slices: { by: ['region'], metric: 'auc', minRows: 200, maxGap: 0.1 },
}; // prettier-ignore

/** As an evaluation logs what its predictions say. */
function loggedOf(pairs: Pairs | undefined): Evidence['metrics'] {
  const auc = pairs?.compared?.['auc'];
  const { champion, challenger } = auc && 'estimate' in auc ? auc.estimate : { champion: 0.79, challenger: 0.83 };
  return { auc: { champion: Number(champion.toFixed(3)), challenger: Number(challenger.toFixed(3)) } };
}

const pinned = {
  job: 'e8',
  template: 't',
  data: 'loans-holdout',
  dataVersion: '4',
  submittedAt: '2026-11-26T00:00:00.000Z',
};

async function judge(given: Given) {
  const gate = { ...GATE, ...given.gate };
  const policy = policyOf('', (one) => ({ ...one, gate }));
  const lifecycle = releasing('gating', { evaluation: pinned, ...given.release });
  const { release, champion } = lifecycle;
  if (!release || !champion) throw new Error('no release');
  const metrics = [gate.metric, ...gate.guardrails.map(({ metric }) => metric)];
  const lines = given.rows?.map((row) => JSON.stringify(row));
  const asked = { metrics, ...(gate.positive !== undefined && { positive: gate.positive }), ...(gate.slices && { slices: gate.slices }) };
  const pairs = lines && (await countPairs(given.lines?.(lines) ?? lines, asked));
  const evidence: Evidence = { job: 'e8', data: 'loans-holdout', dataVersion: '4', metrics: given.logged ?? loggedOf(pairs), ...pairs, faults: pairs?.faults ?? [], ...given.evidence };
  const { slices, ...before } = given.before ?? {};
  const judged = judgement({ ...before, champion: { ...champion, ...(slices && { slices }) } }, release, policy, { ...(given.trained ? { measured: given.trained } : { evidence }), ...(given.told && { lineage: { tags: {}, job: { name: 't7', told: given.told } } }) });
  if (!judged) throw new Error('nothing was judged');
  return judged;
} // prettier-ignore

const TOLD: JobTold = { commit: '9c1e2b7aa', tree: 'clean', data: [{ input: 'data', uri: 'azureml:loans:14', version: 'loans:14' }], environments: [{ version: 'node:3' }] }; // prettier-ignore
const { commit: ___, ...uncommitted } = TOLD;
const lineage = { require: ['gitCommit', 'cleanTree', 'dataVersions', 'pinnedEnvironment'] };

const bare: Partial<GatePolicy> = { guardrails: [] };
/** Of metrics alone. */
const scalar: Partial<GatePolicy> = { metric: 'accuracy', min: 0.5, guardrails: [] };
const { slices: _, ...unsliced } = GATE;
const trained = (version: string, accuracy: number, n = 5000, evaluated = 'loans-holdout:4'): Measured => ({ version, job: `t${version}`, runs: [{ run: `t${version}`, evaluated, metrics: { accuracy }, n }] }); // prettier-ignore
const shuffled = (loans: readonly Loan[]) => loans.toSorted((one, other) => one.luck - other.luck);
const noSlices = (rows: readonly Row[]) => rows.map(({ slice: __, ...row }) => row);

const shams: readonly [string, Given, Verdict, string][] = [
  ['labels shuffled before it was trained: its scores are those of other rows', { rows: rowsOf((_loan, at) => shuffled(LOANS)[at]?.better) }, 'fail', 'gate.superior'],
  ['the sign of its scores swapped', { rows: rowsOf((loan) => 1 - loan.better) }, 'fail', 'gate.superior'],
  ['always the same score', { rows: rowsOf(() => 0.4) }, 'fail', 'gate.superior'],
  ['trained on the test set', { rows: rowsOf(({ label }) => (label === 1 ? 0.99 : 0.01)), release: { origin: { job: 't', training: 3, data: [{ input: 'data', data: 'loans-holdout', version: '4' }] } } }, 'error', 'gate.evidence'],
  ['judged on an old version of the data', { rows: better, evidence: { dataVersion: '3' } }, 'error', 'gate.evidence'],
  ['judged on other data', { rows: better, evidence: { data: 'loans-train' } }, 'error', 'gate.evidence'],
  ['its metric is NaN, which is read as a fault', { rows: better, logged: { auc: { champion: 0.79 } }, evidence: { faults: ['metric challenger.auc is NaN, not a number'] } }, 'error', 'gate.evidence'],
  ['its metric is missing', { rows: better, logged: {} }, 'error', 'gate.bound'],
  ['its metric is renamed', { rows: better, logged: { val_auc: { champion: 0.79, challenger: 0.83 } } }, 'error', 'gate.bound'],
  ['higher and lower confused in the policy', { rows: better, gate: { better: 'lower' } }, 'error', 'gate.superior'],
  ['a larger error taken for a gain', { logged: { rmse: { champion: 2, challenger: 3 } }, evidence: { n: 5000 }, gate: { ...unsliced, metric: 'rmse', better: 'higher', guardrails: [], min: 0 } }, 'error', 'gate.superior'],
  ['a metric with the sign of another library', { logged: { rmse: { champion: -3, challenger: -2 } }, evidence: { n: 5000 }, gate: { metric: 'rmse', better: 'lower', min: -9, guardrails: [] } }, 'error', 'gate.superior'],
  ['percent where a fraction is meant, against a bound', { rows: better, logged: { auc: { champion: 79, challenger: 61 } } }, 'error', 'gate.bound'],
  ['percent where a fraction is meant, against the champion', { logged: { accuracy: { champion: 0.93, challenger: 91 } }, evidence: { n: 5000 }, gate: { ...scalar, min: 0.5 } }, 'error', 'gate.superior'],
  ['scores in percent', { rows: rowsOf((loan) => 100 * loan.better) }, 'error', 'gate.nonInferior'],
  ['a handful of rows', { rows: rowsOf((loan) => loan.better, LOANS.slice(0, 40)) }, 'inconclusive', 'gate.superior'],
  ['as good as the champion, with luck', { rows: equal }, 'inconclusive', 'gate.superior'],
  ['better in order, and far too sure of itself', { rows: rowsOf((loan) => sigmoid(Math.log(loan.better / (1 - loan.better)) * 20)) }, 'fail', 'gate.nonInferior'],
  ['better all in all, and ruined in one region', { rows: rowsOf((loan, at) => (loan.region === 'south' ? LOANS[(at + 300) % 3000]?.champion : loan.label === 1 ? 0.9 : loan.better * 0.5)), gate: bare }, 'fail', 'gate.slice'],
  ['rows of one region left out', { rows: rowsOf((loan) => loan.better, LOANS.filter(({ region }) => region === 'north')), before: { slices: ['region=north', 'region=south'] } }, 'error', 'gate.slices'],
  ['rows without the region', { rows: noSlices(better) }, 'error', 'gate.evidence'],
  ['metrics alone where slices are asked for', { logged: { accuracy: { champion: 0.8, challenger: 0.9 } }, evidence: { n: 5000 }, gate: scalar }, 'error', 'gate.slices'],
  ['easy rows counted twice', { rows: better, lines: (lines) => [...lines, ...lines.slice(0, 100)] }, 'error', 'gate.evidence'],
  ['no answer where it does not know', { rows: rowsOf((loan) => (loan.luck < 0.1 ? null : loan.better)) }, 'error', 'gate.evidence'],
  ['scores that are no numbers', { rows: better, lines: (lines) => lines.map((line, at) => (at === 7 ? line.replace(/"challenger":[\d.]+/, '"challenger":NaN') : line)) }, 'error', 'gate.evidence'],
  ['a file that broke off', { rows: better, lines: (lines) => [...lines.slice(0, 900), lines[900]?.slice(0, 30) ?? ''] }, 'error', 'gate.evidence'],
  ['classes in half of the rows', { rows: rowsOf((loan, at) => (at % 2 ? loan.better : 'yes')) }, 'error', 'gate.evidence'],
  ['columns of champion and challenger changed places', { rows: better.map((row) => ({ ...row, champion: row.challenger, challenger: row.champion })) }, 'fail', 'gate.superior'],
  ['a positive label that nobody named', { rows: better.map((row) => ({ ...row, label: row.label === 1 ? 'default' : 'paid' })) }, 'error', 'gate.superior'],
  ['the wrong label taken for the positive one', { rows: rowsOf(({ better: one, luck }) => one * 0.2 + luck), gate: { ...bare, positive: '0', min: 0.1 } }, 'error', 'gate.superior'],
  ['metrics without a number of rows', { logged: { accuracy: { champion: 0.8, challenger: 0.95 } }, gate: { ...unsliced, ...scalar } }, 'error', 'gate.slices'],
  ['metrics of no rows', { logged: { accuracy: { champion: 0.8, challenger: 0.95 } }, evidence: { n: 0 }, gate: scalar }, 'error', 'gate.superior'],
  ['its training looked at other rows than the champion’s', { trained: { champion: trained('6', 0.9), challenger: trained('7', 0.99, 4000) }, gate: scalar }, 'error', 'gate.evidence'],
  ['its training looked at other data', { trained: { champion: trained('6', 0.9), challenger: trained('7', 0.99, 5000, 'loans-train:2') }, gate: scalar }, 'error', 'gate.evidence'],
  ['made from a work tree with changes that nobody committed', { rows: better, gate: lineage, told: { ...TOLD, tree: 'dirty' } }, 'fail', 'gate.require.cleanTree'],
  ['made from no commit', { rows: better, gate: lineage, told: uncommitted }, 'fail', 'gate.require.gitCommit'],
  ['made of whatever data were newest', { rows: better, gate: lineage, told: { ...TOLD, data: [{ input: 'data', uri: 'azureml:loans@latest' }] } }, 'fail', 'gate.require.dataVersions'],
  ['made in whatever environment was newest', { rows: better, gate: lineage, told: { ...TOLD, environments: [{ why: 'azureml:node@latest' }] } }, 'fail', 'gate.require.pinnedEnvironment'],
  ['trained on the test set by a job of the team’s own', { rows: better, gate: lineage, told: { ...TOLD, data: [...TOLD.data, { input: 'more', uri: 'azureml:loans-holdout:4', version: 'loans-holdout:4' }] } }, 'error', 'gate.evidence'],
  ['registered by hand, with no run that says how good it is', { trained: { champion: trained('6', 0.9), challenger: { version: '7', runs: [] } }, gate: scalar }, 'error', 'gate.evidence'],
]; // prettier-ignore

describe('sham challengers are refused', () => {
  test.each(shams)('%s', async (_name, given, verdict, rule) => {
    const judged = await judge(given);
    expect(judged.verdict).toBe(verdict);
    expect(judged.reasons.filter((reason) => reason.verdict === verdict).map((reason) => reason.rule)).toContain(rule);
  });

  test('also when the logged metrics prove that the columns have changed places', async () => {
    const asLogged = await judge({ rows: better });
    const [reason] = asLogged.reasons.filter(({ what, champion }) => what === 'auc' && champion !== undefined);
    const logged = { auc: { champion: Number(reason?.champion?.toFixed(4)), challenger: Number(reason?.challenger?.toFixed(4)) } };
    expect((await judge({ rows: better, logged })).verdict).toBe('pass');
    const turned = better.map((row) => ({ ...row, champion: row.challenger, challenger: row.champion }));
    // The worse model in the better one's column is the one that a careless job would send out.
    const swapped = await judge({ rows: better, logged: { auc: { champion: logged.auc.challenger, challenger: logged.auc.champion } } });
    expect([swapped.verdict, swapped.reasons.map(({ note }) => note).join()]).toEqual(['error', expect.stringContaining('have changed places')]);
    expect((await judge({ rows: turned, logged })).verdict).toBe('error');
  }); // prettier-ignore

  test('also the luckiest of many', async () => {
    const tries = Array.from({ length: 20 }, (_, seed) => {
      const next = seeded(seed);
      return rowsOf(({ champion }) => Math.min(1, Math.max(0, champion + 0.1 * (next() - 0.5))));
    });
    const verdictsAt = (judged: (at: number) => number) =>
      Promise.all(tries.map(async (rows, at) => (await judge({ rows, gate: bare, before: { holdouts: [{ data: 'loans-holdout:4', judged: judged(at), version: `${at}` }] } })).verdict));
    expect(await verdictsAt((at) => at)).not.toContain('pass');
  }); // prettier-ignore
});

describe('a good challenger is accepted', () => {
  test('with all demands', async () => {
    const { verdict, reasons } = await judge({
      rows: better,
      gate: lineage,
      told: TOLD,
      before: { slices: ['region=north', 'region=south'] },
    });
    expect(reasons.filter((reason) => reason.verdict !== 'pass')).toEqual([]);
    expect(verdict).toBe('pass');
  });

  test('by metrics alone, where nothing else is asked for', async () => {
    const gate = { ...scalar, slices: undefined };
    const { slices: __, ...plain } = gate;
    const both = { champion: trained('6', 0.9), challenger: trained('7', 0.93) };
    const policy = policyOf('', (one) => ({ ...one, gate: { ...unsliced, ...plain } }));
    const { release } = releasing('gating', { evaluation: { data: 'loans-holdout', dataVersion: '4', submittedAt: pinned.submittedAt } }); // prettier-ignore
    if (!release) throw new Error('no release');
    expect(judgement({}, release, policy, { measured: both })?.verdict).toBe('pass');
  });
});
