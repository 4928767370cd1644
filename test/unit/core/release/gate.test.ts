import { describe, expect, test } from 'vitest';
import type { Evidence, Measured, PairedCounts } from '../../../../src/lib/core/gate/evidence.ts';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import { crown } from '../../../../src/lib/core/release/crown.ts';
import { deploymentName } from '../../../../src/lib/core/names.ts';
import { AWAY, command, DAY_MS, firstRelease, iso, KEY, needed, pass, policy, policyOf, releasing } from '../given.ts';

const evaluation = { job: 'e8', template: 't', data: 'spam-holdout', dataVersion: '4', submittedAt: iso() };
const paired = (championOnly: number, challengerOnly: number): PairedCounts => ({
  n: 1000, bothRight: 900, championOnly, challengerOnly, bothWrong: 100 - championOnly - challengerOnly, majority: 700, majorityLabel: 'ham',
}); // prettier-ignore
const evidence: Evidence = { job: 'e8', data: 'spam-holdout', dataVersion: '4', n: 1000, metrics: {}, faults: [] };
const gating = releasing('gating', { evaluation });
const { gate } = policy;
if (!gate) throw new Error('the policy has no gate');
const GATE: GatePolicy = gate;

test('it needs the evidence for every metric that the gate names, each once', () => {
  expect(needed(gating)).toEqual({ evidence: { job: 'e8', metrics: ['accuracy'], predictions: 'predictions' } });
  const guarded = policyOf('', (p) => ({ ...p, gate: { ...GATE, guardrails: [{ metric: 'brier', max: 0.2 }, { metric: 'accuracy', min: 0.5 }] } })); // prettier-ignore
  expect(needed(gating, { policy: guarded }).evidence?.metrics).toEqual(['accuracy', 'brier']);
});

test('a pass names the deployment and goes on at once', () => {
  const { next, lookInMs, rules } = pass(gating, { facts: { evidence: { ...evidence, paired: paired(1, 20) } } });
  expect(next.release).toMatchObject({ phase: 'deploying', deployment: deploymentName(KEY, '7', 7), gate: { verdict: 'pass', at: iso() } }); // prettier-ignore
  expect([lookInMs, rules]).toEqual([0, ['gate.pass']]);
});

describe('anything else than a pass rejects, with the reasons', () => {
  const rows: [string, Evidence, string][] = [
    ['worse', { ...evidence, paired: paired(20, 1) }, 'gate'],
    ['equal', { ...evidence, paired: paired(10, 11) }, 'undecided'],
    ['identical', { ...evidence, paired: paired(0, 0) }, 'undecided'],
    ['metrics alone that differ by little', { ...evidence, metrics: { accuracy: { champion: 0.9, challenger: 0.91 } } }, 'undecided'],
    ['metrics alone that are worse', { ...evidence, metrics: { accuracy: { champion: 0.99, challenger: 0.9 } } }, 'gate'],
    ['faulty evidence, however good', { ...evidence, paired: paired(1, 20), faults: ['line 3 is odd'] }, 'evidence'],
  ]; // prettier-ignore
  test.each(rows)('%s', (_, given, cause) => {
    const { next, notices, closed, actions } = pass(gating, { facts: { evidence: given } });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause });
    expect(closed?.release.gate?.reasons.length).toBeGreaterThan(0);
    expect(notices).toMatchObject([{ kind: 'rejected', audience: 'inform' }]);
    expect(notices[0]?.reasons.length).toBeGreaterThan(0);
    expect([next.release, actions, next.traffic]).toEqual([undefined, [], gating.traffic]);
  });
});

function judgedBy(metric: string, better: 'higher' | 'lower', guardrails: GatePolicy['guardrails']) {
  return policyOf('', (p) => ({ ...p, gate: { ...GATE, metric, better, guardrails } }));
}

describe('by how much the challenger is better', () => {
  const metrics = { accuracy: { champion: 0.9, challenger: 0.95 }, errorRate: { champion: 0.1, challenger: 0.05 } };
  const worse = { accuracy: { champion: 0.95, challenger: 0.9 }, errorRate: { champion: 0.05, challenger: 0.1 } };
  test.each([
    ['accuracy', 'higher', metrics, 0.05],
    ['errorRate', 'lower', metrics, 0.05],
    ['accuracy', 'higher', worse, -0.05],
    ['errorRate', 'lower', worse, -0.05],
  ] as const)('%s, of which %s is better', (metric, better, measured, gain) => {
    const bounded = judgedBy(metric, better, [{ metric: 'accuracy', min: 0.1 }]);
    const { next, closed } = pass(gating, { facts: { evidence: { ...evidence, metrics: measured } }, policy: bounded });
    expect((next.release?.gate ?? closed?.release.gate)?.gain).toBeCloseTo(gain, 10);
  });
  test('stays with a release that has ended', () => {
    const { next, closed } = pass(gating, { facts: { evidence: { ...evidence, metrics: worse } } });
    expect([next.ended[0]?.gain, closed?.gain]).toEqual([expect.closeTo(-0.05), expect.closeTo(-0.05)]);
  });
  test('is not what a guardrail measured', () => {
    const guarded = judgedBy('f1', 'higher', [{ metric: 'accuracy', comparison: { better: 'higher', compare: 'superior', margin: 0 } }]);
    const { closed } = pass(gating, { facts: { evidence: { ...evidence, metrics } }, policy: guarded });
    expect(closed?.release.gate?.reasons.map(({ what, measured }) => [what, measured !== undefined])).toEqual([['f1', false], ['accuracy', true]]);
    expect([closed?.release.gate?.gain, closed?.gain]).toEqual([undefined, undefined]);
  });
}); // prettier-ignore

describe('demands of the lineage', () => {
  const demanding = policyOf('', (p) => ({ ...p, gate: { ...GATE, require: ['cleanTree', 'tag:card'] } }));
  const better = { ...evidence, paired: paired(1, 20) };
  const told = { commit: '9c1e2b7', data: [], environments: [] };
  const lineage = (tree: 'clean' | 'dirty', tags = { card: 'yes' }) => ({ tags, job: { name: 'train-7', told: { ...told, tree } } });
  const judge = (given: ReturnType<typeof lineage> | undefined, found = better) =>
    pass(gating, { policy: demanding, facts: { evidence: found, ...(given && { lineage: given }) } });

  test('ask how the version came to be, and where reports may lie', () => {
    expect(needed(gating, { policy: demanding }).lineage).toEqual({ version: '7', demands: ['cleanTree', 'tag:card'], evaluation: 'e8' });
    expect(needed(gating)).not.toHaveProperty('lineage');
  });
  test('decide nothing before that is known', () => {
    expect(judge(undefined)).toMatchObject({ lookInMs: 30_000, next: { release: { phase: 'gating' } } });
  });
  test('that are met are shown with the pass', () => {
    const { next } = judge(lineage('clean'));
    expect(next.release).toMatchObject({ phase: 'deploying', gate: { verdict: 'pass' } });
    expect(next.release?.gate?.reasons.map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ['gate.superior', 'pass'], ['gate.require.cleanTree', 'pass'], ['gate.require.tag:card', 'pass'],
    ]);
  });
  test('that are not met reject, however much better it is', () => {
    const { next, notices } = judge(lineage('dirty'));
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'gate' });
    expect(notices[0]?.reasons).toContainEqual(expect.objectContaining({ rule: 'gate.require.cleanTree', verdict: 'fail' }));
    expect(judge(lineage('clean', { card: '' })).next.ended[0]).toMatchObject({ cause: 'gate' });
  });
  test('do not hide that it is not better', () => {
    expect(judge(lineage('clean'), { ...evidence, paired: paired(20, 1) }).next.ended[0]).toMatchObject({ cause: 'gate' });
    expect(judge(lineage('clean'), { ...evidence, paired: paired(10, 11) }).next.ended[0]).toMatchObject({ cause: 'undecided' });
  });
  test('reject a first version instead of asking a person', () => {
    const first = firstRelease('gating', { evaluation });
    const facts = { evidence: better, lineage: lineage('dirty') };
    expect(pass(first, { policy: demanding, facts }).next.ended[0]).toMatchObject({ end: 'rejected', cause: 'gate' });
  });
}); // prettier-ignore

test('no evidence yet: look again', () => {
  expect(pass(gating, { facts: {} })).toMatchObject({ lookInMs: 30_000, next: gating, actions: [] });
});

describe('the first version without a bound', () => {
  const first = firstRelease('gating', { evaluation });
  const asked = pass(first, { facts: { evidence: { ...evidence, paired: paired(1, 20) } } });

  test('waits for a person, who is told', () => {
    expect(asked.next.release).toMatchObject({ phase: 'awaitingDecision', gate: { verdict: 'inconclusive' } });
    expect(asked.notices).toMatchObject([{ kind: 'decisionNeeded', audience: 'decide', deadline: iso(7 * DAY_MS) }]);
    // There is nobody to share traffic with.
    expect(asked.notices[0]?.steps?.map(({ percent }) => percent)).toEqual([100]);
  });

  test('is asked about anew, in a message of its own, when what was approved is void', () => {
    const again = firstRelease('gating', { evaluation, voided: { times: 1, sentence: 'Its files changed.' } });
    const anew = pass(again, { facts: { evidence: { ...evidence, paired: paired(1, 20) } } });
    const ids = [asked, anew].map(({ notices }) => notices.map(({ id }) => id));
    expect(ids).toEqual([['r1-decisionNeeded'], ['r1-decisionNeeded-2']]);
  });

  test('goes on with a promotion, which is recorded', () => {
    const { next } = pass(asked.next, { items: [command('promote', { release: 1 })], at: 1000 });
    expect(next.release).toMatchObject({ phase: 'deploying', decision: { actor: 'ada', reason: 'because', at: iso(1000) } }); // prettier-ignore
  });

  test('ends with a rollback', () => {
    const { next } = pass(asked.next, { items: [command('rollback', { release: 1 })] });
    expect(next.ended[0]).toMatchObject({ end: 'aborted', cause: 'command' });
  });

  test('is rejected after 7 days, not before, and not because Azure was away', () => {
    expect(pass(asked.next, { at: 6 * DAY_MS }).next.release?.phase).toBe('awaitingDecision');
    expect(pass(asked.next, { at: 6 * DAY_MS, facts: AWAY }).next.release?.phase).toBe('awaitingDecision');
    expect(pass(asked.next, { at: 7 * DAY_MS }).next.ended[0]).toMatchObject({ end: 'rejected', cause: 'nobodyDecided' }); // prettier-ignore
  });

  test('with a bound is judged by it, without anybody', () => {
    if (!gate) throw new Error('the policy has no gate');
    const bounded = policyOf('', (p) => ({ ...p, gate: { ...gate, min: 0.9 } }));
    const judge = (challenger: number) =>
      pass(first, { facts: { evidence: { ...evidence, metrics: { accuracy: { challenger } } } }, policy: bounded }).next; // prettier-ignore
    expect(judge(0.9).release?.phase).toBe('deploying');
    expect(judge(0.899).ended[0]).toMatchObject({ end: 'rejected', cause: 'gate' });
  });

  test('and asks a person in the right words', () => {
    if (!gate) throw new Error('the policy has no gate');
    const bounded = policyOf('', (p) => ({ ...p, gate: { ...gate, min: 0.9 } }));
    const { n: _, ...uncounted } = evidence;
    const asked = (by: typeof policy) => {
      const { next, notices } = pass(first, { facts: { evidence: { ...uncounted, metrics: { accuracy: { challenger: 0.95 } } } }, policy: by }); // prettier-ignore
      return [next.release?.phase, notices[0]?.sentence];
    };
    expect(asked(bounded)).toEqual(['awaitingDecision', expect.stringContaining('leaves something open')]);
    expect(asked(policy)).toEqual(['awaitingDecision', expect.stringContaining('sets no bound')]);
  });
});

const measured = (version: string, value = 0.9, n = 500, metric = 'accuracy'): Measured => ({
  version, job: `train-${version}`,
  runs: [{ run: `train-${version}`, evaluated: 'spam-holdout:4', metrics: { [metric]: value }, n }],
}); // prettier-ignore

describe('evidence of the trainings themselves', () => {
  const pinned = { data: 'spam-holdout', dataVersion: '4', submittedAt: iso() };
  const row = releasing('gating', { evaluation: pinned });

  test('is asked for of champion and challenger, of the first version alone', () => {
    expect(needed(row)).toEqual({ measured: { champion: '6', challenger: '7', metrics: ['accuracy'] } });
    const first = firstRelease('gating', { evaluation: pinned });
    expect(needed(first)).toEqual({ measured: { challenger: '7', metrics: ['accuracy'] } });
  });

  const judge = (challenger: number, gated = policy) =>
    pass(row, { facts: { measured: { champion: measured('6'), challenger: measured('7', challenger) } }, policy: gated }); // prettier-ignore

  test('that is clearly better goes on', () => {
    const { next, rules } = judge(0.96);
    expect(next.release).toMatchObject({ phase: 'deploying', gate: { verdict: 'pass' } });
    expect(rules).toEqual(['gate.pass']);
  });

  test.each([
    ['clearly worse fails the gate', 0.8, 'gate'],
    ['a little better is not shown to be', 0.91, 'undecided'],
    ['equal is not shown to be better', 0.9, 'undecided'],
    ['impossible is faulty', 96, 'evidence'],
  ])('%s', (_, challenger, cause) => {
    const { next, notices } = judge(challenger);
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause });
    expect(notices[0]?.reasons[0]?.note).toMatch(cause === 'evidence' ? /is 96, expected a share/ : /500 rows, not paired/); // prettier-ignore
  });

  test('says how many rows would do where there are too few', () => {
    const note = judge(0.91).notices[0]?.reasons[0]?.note;
    expect(note).toMatch(/about 4,700 rows like these would settle it, with predictions fewer$/);
  });

  test('of a metric that is no share of the rows is not decided, however different', () => {
    if (!gate) throw new Error('the policy has no gate');
    const byF1 = policyOf('', (p) => ({ ...p, gate: { ...gate, metric: 'f1' } }));
    const { next, notices } = pass(row, { facts: { measured: { champion: measured('6', 0.5, 500, 'f1'), challenger: measured('7', 0.9, 500, 'f1') } }, policy: byF1 }); // prettier-ignore
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'undecided' });
    expect(notices[0]?.reasons[0]?.note).toMatch(/what was logged of f1 cannot tell/);
  });

  test('that was not measured alike is an error, with what is missing', () => {
    const { next, notices } = pass(row, { facts: { measured: { champion: measured('6', 0.5, 400), challenger: measured('7') } } }); // prettier-ignore
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'evidence' });
    expect(notices[0]?.reasons[0]).toMatchObject({ verdict: 'error', note: 'version 7 was evaluated on 500 rows, version 6 on 400' }); // prettier-ignore
  });

  test('is judged by its bounds', () => {
    if (!gate) throw new Error('the policy has no gate');
    const bounded = policyOf('', (p) => ({ ...p, gate: { ...gate, min: 0.9 } }));
    const first = firstRelease('gating', { evaluation: pinned });
    const { next } = pass(first, { facts: { measured: { challenger: measured('7') } }, policy: bounded });
    expect(next.release?.phase).toBe('deploying');
  });
});

const before = (judged: number, version: string) => ({ ...gating, holdouts: [{ data: 'spam-holdout:4', judged, version }] }); // prettier-ignore

const judgedSoFar = (from: Lifecycle, given: Evidence | undefined) => pass(from, { facts: given ? { evidence: given } : {} }).next.holdouts?.[0]?.judged; // prettier-ignore

describe('versions that are judged on the same data', () => {
  const doubtful = { ...evidence, paired: paired(10, 22) };

  test('are counted in the save that judges', () => {
    const { next } = pass(gating, { facts: { evidence: doubtful } });
    expect(next.holdouts).toEqual([{ data: 'spam-holdout:4', judged: 1, version: '7', job: evaluation.job }]);
    expect(pass(before(1, '6'), { facts: { evidence: doubtful } }).next.holdouts).toEqual([{ data: 'spam-holdout:4', judged: 2, version: '7', job: evaluation.job }]); // prettier-ignore
  });

  test('must be surer, the more there were', () => {
    expect(pass(before(1, '6'), { facts: { evidence: doubtful } }).next.release?.phase).toBe('deploying');
    const { next, notices } = pass(before(2, '6'), { facts: { evidence: doubtful } });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'undecided' });
    expect(notices[0]?.reasons[0]?.note).toContain(
      'version number 3 that is judged on spam-holdout:4, so the interval is one of',
    );
    expect(next.holdouts).toEqual([{ data: 'spam-holdout:4', judged: 3, version: '7', job: evaluation.job }]);
  });

  test('are not counted twice, and in every case where they were compared', () => {
    expect(judgedSoFar(before(2, '7'), doubtful)).toBe(2);
    expect(judgedSoFar(before(2, '6'), { ...doubtful, faults: ['odd'] })).toBe(3);
    expect(judgedSoFar(before(2, '6'), undefined)).toBe(2);
    const { paired: _, ...nothing } = doubtful;
    expect(judgedSoFar(before(2, '6'), { ...nothing, metrics: {} })).toBe(2);
  });

  test('of the first version none is counted: it is held against nobody', () => {
    const first = firstRelease('gating', { evaluation });
    expect(pass(first, { facts: { evidence: doubtful } }).next.holdouts).toBeUndefined();
  });
});

const from = (version: string) => releasing('gating', { evaluation, origin: { job: 't', training: 1, data: [{ input: 'data', data: 'spam-holdout', version }] } }); // prettier-ignore

describe('the data that it was judged on', () => {
  const good = { ...evidence, paired: paired(1, 20) };

  test('must be that which was pinned', () => {
    const { closed } = pass(gating, { facts: { evidence: { ...good, dataVersion: '3' } } });
    expect(closed).toMatchObject({ end: 'rejected', cause: 'evidence' });
    expect(closed?.reasons[0]?.note).toBe('it was evaluated on spam-holdout:3, expected spam-holdout:4');
  });

  test('must not be that which it was trained on', () => {
    const { closed } = pass(from('4'), { facts: { evidence: good } });
    expect(closed?.reasons[0]?.note).toBe('it was trained on spam-holdout:4, the data that it is judged on');
    expect(pass(from('3'), { facts: { evidence: good } }).next.release?.phase).toBe('deploying');
  });
});

const right = (championOnly: number, challengerOnly: number) => ({ right: { n: 500, bothRight: 450 - championOnly, championOnly, challengerOnly, bothWrong: 50 - challengerOnly } }); // prettier-ignore

describe('slices', () => {
  const slices = ['north', 'south'].map((value) => ({ by: 'region', value, rows: 500, compared: right(2, 10) }));
  const asking = policyOf('', (p) => ({ ...p, gate: { ...GATE, slices: { by: ['region'], metric: 'accuracy', minRows: 100, maxGap: 0.05 } } })); // prettier-ignore
  const good = { ...evidence, paired: paired(1, 20), slices };

  test('are asked for', () => {
    expect(needed(gating, { policy: asking }).evidence?.slices).toEqual({ by: ['region'], metric: 'accuracy', minRows: 100 }); // prettier-ignore
  });

  test('that were judged are remembered of the champion, and missed where one has gone', () => {
    const { next } = pass(gating, { facts: { evidence: good }, policy: asking });
    expect(next.release?.gate?.slices).toEqual(['region=north', 'region=south']);
    if (!next.release) throw new Error('no release');
    const crowned = crown({ policy, now: new Date(iso()) }, next, next.release, { sentence: 'Watched.' });
    expect(crowned.lifecycle.champion?.slices).toEqual(['region=north', 'region=south']);
    const { champion } = gating;
    if (!champion) throw new Error('no champion');
    const later = { ...gating, champion: { ...champion, slices: ['region=north', 'region=west'] } };
    const { closed } = pass(later, { facts: { evidence: good }, policy: asking });
    expect(closed).toMatchObject({ end: 'rejected', cause: 'evidence' });
    expect(closed?.reasons.find(({ verdict }) => verdict === 'error')?.note).toContain('judged on region=west');
  });
});
