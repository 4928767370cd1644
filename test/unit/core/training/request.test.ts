import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { TrainingPlanFact } from '../../../../src/lib/core/step.ts';
import type { Refusal, TrainingMemory } from '../../../../src/lib/core/training/state.ts';
import { dataDigest } from '../../../../src/lib/core/training/memory.ts';
import { BOTH, endpoint, iso, MINUTE_MS, needed, OLD, pass, served, shifting } from '../given.ts';
import {
  asking, breach, cause, DAY_MS, found, HOUR_MS, order, PLAN, requested, TRAINED, training, trainPass, TRAINS, trains,
} from './given.ts'; // prettier-ignore

describe('a request becomes one training', () => {
  const { next, actions, notices, lookInMs } = trainPass(asking([found(), cause()]), { plan: PLAN });
  test('whose job is named, pinned and counted in the row before it is asked for', () => {
    expect(next.request).toBeUndefined();
    expect(next.training).toMatchObject({ number: 1, phase: 'submitted', attempt: 1, source: 'train-1', pins: PLAN.pins, commit: '9c1e2b7', causes: [{ kind: 'monitor' }, { kind: 'schedule' }] }); // prettier-ignore
    expect(next.training?.job).toMatch(/^stw-[0-9a-f]{12}-t1-a1$/);
    expect(next.counters.training).toBe(1);
    expect(next.trained?.starts).toEqual([iso()]);
    expect(actions).toEqual([{ do: 'submitTraining', job: next.training?.job, source: 'train-1', from: { kind: 'champion' }, pins: PLAN.pins, causes: next.training?.causes, attempt: 1 }]); // prettier-ignore
    expect(lookInMs).toBe(MINUTE_MS);
  });
  test('and people hear of it once, with every cause', () => {
    expect(notices).toMatchObject([{ id: 't1-a1-trainingStarted', kind: 'trainingStarted', training: { causes: [{}, {}], pins: PLAN.pins } }]); // prettier-ignore
  });
  test('and what is asked for before is the plan, for the version that serves', () => {
    expect(needed(asking(), { policy: TRAINS }).training).toEqual({
      plan: { from: { kind: 'champion' }, champion: '6' },
    });
  });
});

test('who serves is found out where no release has met the endpoint yet', () => {
  const { champion: _c, traffic: _t, ...rest } = asking();
  expect(needed(rest, { policy: TRAINS })).toMatchObject({ endpoint: true, deployments: true });
  const facts = { endpoint: endpoint({ [OLD]: 100 }), deployments: BOTH, training: {} };
  const { next } = pass(rest, { facts, policy: TRAINS });
  expect(next).toMatchObject({ champion: { version: '6', deployment: OLD }, traffic: { desired: { [OLD]: 100 } } });
});

test('a plan from before anybody knew who serves is made anew: it tells neither the job nor the data of that version', () => {
  const { champion: _c, traffic: _t, ...rest } = asking();
  const { championPins: _, ...plan } = PLAN;
  const met = pass(rest, { facts: { endpoint: endpoint({ [OLD]: 100 }), deployments: BOTH, training: { plan } }, policy: TRAINS });
  expect([met.actions, met.next.request, met.lookInMs]).toEqual([[], rest.request, 0]);
  expect(needed(met.next, { policy: TRAINS }).training).toMatchObject({ plan: { champion: '6' } });
  // Nobody serves: there is nothing to compare with.
  expect(pass(rest, { facts: { endpoint: 'absent', training: { plan } }, policy: TRAINS }).next.training?.number).toBe(1);
}); // prettier-ignore

const CLOSED = { bank: { timeZone: 'UTC', closed: [{ from: '2026-03-02 09:00', to: '2026-03-03 18:00' }] } };
const PAUSED = { paused: { since: iso(), actor: 'ada', reason: 'holiday', until: iso(HOUR_MS) } };
const memory = (change: Partial<TrainingMemory>): Partial<Lifecycle> => ({ trained: { ...TRAINED, ...change } });
const starts = (...ms: number[]) => ms.map((at) => iso(at));

interface Row {
  readonly title: string;
  readonly reason: Refusal | undefined;
  readonly row?: Partial<Lifecycle>;
  readonly plan?: Partial<TrainingPlanFact>;
  readonly policy?: string;
  readonly causes?: 'person';
  readonly until?: number;
  readonly told?: boolean;
  readonly estate?: Parameters<typeof trainPass>[2] extends infer P
    ? P extends { estate?: infer E }
      ? E
      : never
    : never;
}

describe('controls', () => {
  const budget = 'when: {drift: true}, cooldown: 0m, budget: {runs: 2, per: 7d}';
  const same = [{ input: 'data', data: 'mails', version: '2' }];
  const rows: readonly Row[] = [
    { title: 'paused', reason: 'paused', row: { conditions: PAUSED }, until: HOUR_MS },
    {
      title: 'paused: a person waits too',
      reason: 'paused',
      row: { conditions: PAUSED },
      causes: 'person',
      until: HOUR_MS,
    },
    { title: 'broken data', reason: 'badData', row: memory({ badData: breach({ kind: 'quality' }) }) },
    {
      title: 'broken data, whatever the policy trains on',
      reason: 'badData',
      row: memory({ badData: breach({ kind: 'quality' }) }),
      policy: 'when: {newData: mails, schedule: {cron: "0 3 * * *"}}',
    },
    {
      title: 'broken data, but a person asks',
      reason: undefined,
      row: memory({ badData: breach({ kind: 'quality' }) }),
      causes: 'person',
    },
    { title: 'cooldown', reason: 'cooldown', row: memory({ starts: starts(-23 * HOUR_MS) }), until: HOUR_MS },
    { title: 'cooldown is over', reason: undefined, row: memory({ starts: starts(-24 * HOUR_MS) }) },
    {
      title: 'cooldown, but a person asks',
      reason: undefined,
      row: memory({ starts: starts(-HOUR_MS) }),
      causes: 'person',
    },
    {
      title: 'budget',
      reason: 'budget',
      policy: budget,
      row: memory({ starts: starts(-6 * DAY_MS, -DAY_MS) }),
      until: DAY_MS,
      told: true,
    },
    {
      title: 'budget: nobody goes past it',
      reason: 'budget',
      policy: budget,
      row: memory({ starts: starts(-6 * DAY_MS, -DAY_MS) }),
      causes: 'person',
      until: DAY_MS,
      told: true,
    },
    {
      title: 'budget: what is older counts no more',
      reason: undefined,
      policy: budget,
      row: memory({ starts: starts(-7 * DAY_MS, -DAY_MS) }),
    },
    { title: 'no source', reason: 'noSource', plan: { source: undefined } as never, told: true },
    { title: 'same data as the champion', reason: 'sameDataAsChampion', plan: { championPins: same }, told: true },
    {
      title: 'the same under another input name',
      reason: 'sameDataAsChampion',
      plan: { championPins: [{ input: 'mails', data: 'mails', version: '2' }] },
      told: true,
    },
    { title: 'same data, but a person asks', reason: undefined, plan: { championPins: same }, causes: 'person' },
    { title: 'a path may hold other content', reason: undefined, plan: { championPins: same, unpinned: ['raw'] } },
    { title: 'nothing pinned proves nothing', reason: undefined, plan: { pins: [], championPins: [] } },
    {
      title: 'same data as the last rejected',
      reason: 'sameDataAsLastRejected',
      row: memory({ rejected: { version: '7', data: dataDigest(same) ?? '' } }),
      told: true,
    },
    {
      title: 'compute busy',
      reason: 'computeBusy',
      plan: { onCompute: 2 },
      estate: { calendars: {}, computes: { cpu: { jobs: 2 } } },
    },
    {
      title: 'compute has room',
      reason: undefined,
      plan: { onCompute: 1 },
      estate: { calendars: {}, computes: { cpu: { jobs: 2 } } },
    },
    {
      title: 'another compute is busy',
      reason: undefined,
      plan: { onCompute: 9 },
      estate: { calendars: {}, computes: { gpu: { jobs: 2 } } },
    },
  ];
  test.each(rows)('$title', ({ reason, row = {}, plan = {}, policy, causes, until, told, estate }) => {
    const wish = asking(causes ? [cause('command')] : [found()], row);
    const { next, actions, notices, lookInMs } = trainPass(
      wish,
      { plan: { ...PLAN, ...plan } },
      { policy: policy ? trains(policy) : TRAINS, ...(estate ? { estate } : {}) },
    );
    expect(next.request?.refused?.reason).toBe(reason);
    expect(actions.map((action) => action.do)).toEqual(reason ? [] : ['submitTraining']);
    if (!reason) return;
    expect(next.request?.refused?.until).toBe(until === undefined ? undefined : iso(until));
    expect(notices.map(({ kind }) => kind)).toEqual(told ? ['trainingRefused'] : []);
    expect(lookInMs).toBeGreaterThan(0);
    expect(lookInMs).toBe(until === undefined ? lookInMs : Math.min(until, HOUR_MS));
  });

  test('freeze', () => {
    const policy = { ...TRAINS, freeze: { calendar: 'bank', inFlight: 'hold' } } as const;
    const { next, lookInMs } = trainPass(asking(), {}, { policy, estate: { calendars: CLOSED, computes: {} } });
    expect(next.request?.refused).toMatchObject({ reason: 'freeze', until: '2026-03-03T18:00:00.000Z' });
    expect(lookInMs).toBe(HOUR_MS);
  });

  test('one at a time', () => {
    const row = training({}, { request: requested() });
    const { next } = trainPass(row, { job: { name: 'stw-3', state: 'running' } });
    expect(next.request?.causes).toHaveLength(1);
    expect(next.training?.number).toBe(3);
    expect(needed(row, { policy: TRAINS }).training).toEqual({ job: 'stw-3' });
  });
});

test('a reason is told once, kept while it is the same, and taken up again when it ends', () => {
  const refused = trainPass(asking(), { plan: { ...PLAN, championPins: PLAN.pins } });
  const again = trainPass(refused.next, { plan: { ...PLAN, championPins: PLAN.pins } }, { at: HOUR_MS });
  expect(again.notices).toEqual([]);
  expect(again.next.request?.refused?.since).toBe(iso());
  const newer = [{ input: 'data', data: 'mails', version: '3' }];
  const ended = trainPass(again.next, { plan: { ...PLAN, pins: newer, championPins: PLAN.pins } }, { at: 2 * HOUR_MS });
  expect(ended.next.training).toMatchObject({ pins: newer });
});

test('a release under way goes first, and a training does not disturb it', () => {
  const row = shifting({}, { request: requested() });
  const live = { [OLD]: 90, 'mnew-7': 10 };
  const { next, actions } = pass(row, { facts: { endpoint: endpoint(live), minutes: [], training: { plan: PLAN } }, policy: TRAINS }); // prettier-ignore
  expect(next.release?.phase).toBe('shifting');
  expect(actions.map((action) => action.do)).toEqual(['submitTraining']);
});

test('while nothing can be learned for training the release goes on', () => {
  const unreachable = { provider: 'MLflow', reason: 'HTTP 503' };
  const row = shifting({}, { request: requested() });
  const facts = {
    endpoint: endpoint({ [OLD]: 90, 'mnew-7': 10 }),
    minutes: [],
    training: { away: { plan: unreachable } },
  };
  const { next } = pass(row, { facts, policy: TRAINS });
  expect(next.request?.refused).toMatchObject({ reason: 'unreachable', sentence: 'HTTP 503' });
  expect(next.conditions.unreachable).toBeUndefined();
});

describe('commands', () => {
  test('retrain asks for a training', () => {
    const { next } = trainPass(served(), {}, { items: [order('retrain')] });
    expect(next.request?.causes).toMatchObject([{ kind: 'command', actor: 'ada', reason: 'because' }]);
  });
  test('two in one pass are two causes, also of one person', () => {
    const { next } = trainPass(
      served(),
      {},
      { items: [order('retrain', { reason: 'A' }), order('retrain', { reason: 'B' })] },
    );
    expect(next.request?.causes.map((each) => each.kind === 'command' && each.reason).toSorted()).toEqual(['A', 'B']);
  });
  test('retrain is refused where the policy does not train', () => {
    const item = order('retrain');
    const { refused } = pass(served(), { items: [item] });
    expect(refused[item.factKey]).toBe('retrain does nothing now; allowed now: pause');
  });
  test('reject drops what is asked for, when it means this one', () => {
    expect(trainPass(asking(), {}, { items: [order('reject', { training: 1 })] }).next.request).toBeUndefined();
    const late = order('reject', { training: 9 });
    const { next, refused } = trainPass(asking(), { plan: PLAN }, { items: [late] });
    expect(refused[late.factKey]).toContain('training 9 is not the current one (1)');
    expect(next.training).toBeDefined();
  });
});

describe('training elsewhere', () => {
  const policy = trains('in: dev, when: {drift: true}');
  const first = trainPass(asking([found(), cause()]), {}, { policy });
  test('hands every cause over once they are in the row', () => {
    const ids = [found().id, cause().id];
    expect(first.next.request?.handOver).toEqual({ to: 'dev', number: 1, ids, more: 0 });
    expect(first.actions).toMatchObject([{ do: 'handOver', to: 'dev', number: 1, causes: [{ id: ids[0] }, { id: ids[1] }] }]); // prettier-ignore
    expect(first.next.training).toBeUndefined();
  });
  test('asks again until the other one knows', () => {
    expect(needed(first.next, { policy }).training).toEqual({ handedOver: { to: 'dev', factKey: 'handOver|prod|spam-filter|1' } }); // prettier-ignore
    expect(trainPass(first.next, { handedOver: false }, { policy }).actions).toEqual(first.actions);
    const done = trainPass(first.next, { handedOver: true }, { policy });
    expect([done.next.request, done.actions]).toEqual([undefined, []]);
  });
  test('a cause that came meanwhile goes with the next one', () => {
    const more = trainPass(first.next, {}, { policy, items: [order('retrain')] });
    const left = trainPass(more.next, { handedOver: true }, { policy });
    expect(left.next.request?.causes).toMatchObject([{ kind: 'command' }]);
    expect(trainPass(left.next, {}, { policy }).next.request?.handOver).toMatchObject({ number: 2 });
  });
  test('broken data holds it here, where it was found', () => {
    const { next, actions } = trainPass(asking(undefined, memory({ badData: breach({ kind: 'quality' }) })), {}, { policy }); // prettier-ignore
    expect(next.request?.refused?.reason).toBe('badData');
    expect(actions).toEqual([]);
  });
});
