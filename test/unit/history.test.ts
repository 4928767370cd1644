import { describe, expect, test } from 'vitest';
import { listModels, showModel } from '../../src/lib/history.ts';
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import type { EndedTraining, Training, TrainingRequest } from '../../src/lib/core/training/state.ts';
import { firstRelease, iso, KEY, MINUTE_MS, registered, releasing, served } from './core/given.ts';
import { newRig, POLICY, WORKSPACE } from './rig.ts';

const TRAINS = `${POLICY}training: {when: {drift: true}}\n`;

async function shown(row: Lifecycle, policy = POLICY) {
  const rig = await newRig({ policy });
  await rig.store.lifecycles.save(KEY, { lifecycle: row, taken: [], deliveries: [] });
  return showModel(KEY, rig.deps);
}

test('a model that was never seen says what it waits for', async () => {
  const rig = await newRig();
  expect(await listModels(rig.deps)).toMatchObject([{ ...KEY, state: 'neverSeen', commands: ['pause'], unread: 0 }]);
  expect(await showModel({ ...KEY, model: 'other' }, rig.deps)).toBeUndefined();
});

const CAUSE = { id: 'monitor|m1', at: iso(), kind: 'monitor', monitor: 'spam-monitor', run: 'm1', breaches: [] } as const; // prettier-ignore
const REQUEST: TrainingRequest = { since: iso(), causes: [CAUSE], more: 0 };
const COOLING = { ...REQUEST, refused: { reason: 'cooldown', sentence: 'It just trained.', since: iso(), until: iso(MINUTE_MS) } } as const; // prettier-ignore
const NO_SOURCE = { ...REQUEST, refused: { reason: 'noSource', sentence: 'No job.', since: iso() } } as const;
const TRAINING: Training = {
  number: 3, phase: 'running', phaseSince: iso(), since: iso(), policy: 'p', causes: [CAUSE], more: 0, job: 'stw-1', attempt: 1,
  submittedAt: iso(), source: 'train-1', pins: [], unpinned: [], spentMinutes: 0,
}; // prettier-ignore

function ended(number: number, more: Partial<EndedTraining> = {}): EndedTraining {
  return {
    number, end: 'succeeded', cause: 'completed', sentence: '', at: iso(), submittedAt: iso(-MINUTE_MS), causes: [CAUSE], more: 0, job: 'stw-1',
    attempts: 1, pins: [], durationMs: MINUTE_MS, computeMinutes: 4, ...more,
  }; // prettier-ignore
}

describe('what it waits for', () => {
  const rows: [string, Lifecycle, string, RegExp][] = [
    ['idle', served(), 'idle', /a newer version/],
    ['evaluating', releasing('evaluating'), 'evaluating', /the evaluation job/],
    ['a first version', firstRelease('awaitingDecision'), 'awaitingDecision', /a person: promote or rollback/],
    ['held', served({ conditions: { held: { since: iso(), reason: 'x', live: {} } } }), 'idle', /adopt or revert/],
    ['stalled', served({ conditions: { stalled: { since: iso(), reason: 'x' } } }), 'idle', /a person: resume/],
    ['paused', served({ conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } }), 'idle', /a person: resume/], // prettier-ignore
    ['paused for a time', served({ conditions: { paused: { since: iso(), actor: 'a', reason: 'r', until: iso(1) } } }), 'idle', /the pause to end at/], // prettier-ignore
    ['away', releasing('deploying', {}, { conditions: { unreachable: { since: iso(), provider: 'Azure ML', reason: 'r', until: iso(), tries: 1 } } }), 'deploying', /Azure ML to answer/], // prettier-ignore
    ['a cooldown', served({ request: COOLING }), 'idle', /^training: cooldown until 2026-03-02T10:01:00.000Z$/],
    ['a job to clone', served({ request: NO_SOURCE }), 'idle', /^training: noSource$/],
    ['a submission', served({ request: REQUEST }), 'idle', /^training: a job to be submitted$/],
    ['another environment', served({ request: { ...REQUEST, handOver: { to: 'dev', number: 1, ids: [], more: 0 } } }), 'idle', /^training: dev to take the causes$/], // prettier-ignore
    ['a version from elsewhere', served({ arriving: { from: 'dev', release: 4, version: '12', workspace: 'w', origin: {}, since: iso() }, request: COOLING }), 'idle', /^version 12 of dev to be brought here$/], // prettier-ignore
    ['who comes after', served({ sending: { release: 4, version: '6', origin: {}, to: ['test', 'prod'] }, request: COOLING }), 'idle', /^test, prod to take version 6$/], // prettier-ignore
    ['a training', served({ training: TRAINING, request: COOLING }), 'idle', /^training 3: the job to end$/],
    [
      'a run of the team',
      served({ trained: { hints: [], starts: [], ended: [], outside: [{ run: 'theirs-1', since: iso() }] } }),
      'idle',
      /^the run theirs-1 to be read$/,
    ],
    ['a release before all else', releasing('evaluating', {}, { training: TRAINING, request: COOLING }), 'evaluating', /the evaluation job/], // prettier-ignore
    ['a pause before a training', served({ training: TRAINING, conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } }), 'idle', /a person: resume/], // prettier-ignore
  ];
  test.each(rows)('%s', async (_, row, state, waitingFor) => {
    expect(await shown(row)).toMatchObject({ state, waitingFor: expect.stringMatching(waitingFor) });
  });
});

test('its history: releases and passes, newest first, and what could not be read or sent', async () => {
  const rig = await newRig();
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await rig.store.lifecycles.append(KEY, registered('7'));
  await rig.queue.look(KEY);
  await rig.live(70 * MINUTE_MS);
  const row = await rig.row();
  const model = await showModel(KEY, rig.deps);
  expect(model?.releases).toMatchObject([{ number: 1, version: '7', end: 'released' }]);
  expect(model?.timeline[0]?.audit).toBe(row?.sequence);
  expect(model?.timeline.length).toBe(Math.min(50, row?.sequence ?? 0));
  const audits = model?.timeline.map(({ audit }) => audit) ?? [];
  expect(audits).toEqual(audits.toSorted((a, b) => b - a));
  expect(model).toMatchObject({ champion: { version: '7' }, held: [], undelivered: [], state: 'idle' });
});

describe('of trainings', () => {
  const badData = { signal: 'nulls', kind: 'quality', run: 'm2', at: iso(), features: [], more: 0 } as const;

  test('what asks, why it waits, what is under way and what is broken', async () => {
    const outside = [{ run: 'theirs-1', since: iso() }];
    const trained = { hints: [], starts: [], ended: [ended(2)], badData, outside };
    const row = served({ request: COOLING, training: TRAINING, trained });
    expect(await shown(row)).toMatchObject({ request: COOLING, training: TRAINING, badData, outside, trained: [ended(2)] }); // prettier-ignore
    const idle = await shown(served({ trained: { hints: [], starts: [], ended: [], outside: [] } }));
    expect(idle).toMatchObject({ trained: [], trainings: [] });
    for (const absent of ['request', 'training', 'badData', 'outside']) expect(idle).not.toHaveProperty(absent);
  });

  test.each<[string, Partial<EndedTraining>, boolean | undefined]>([
    ['released', { release: { number: 7, end: 'released', gain: 0.05 } }, true],
    ['rolled back', { release: { number: 7, end: 'rolledBack' } }, false],
    ['still on its way', { version: '8' }, undefined],
    ['failed', { end: 'failed' }, false],
  ])('whether the version was promoted: %s', async (_, more, promoted) => {
    const rig = await newRig();
    await rig.store.lifecycles.save(KEY, { lifecycle: served(), taken: [], deliveries: [], ledger: ended(3, more) });
    expect((await showModel(KEY, rig.deps))?.trainings).toEqual([{ ...ended(3, more), ...(promoted === undefined ? {} : { promoted }) }]); // prettier-ignore
  });

  test('newest first, from the first on', async () => {
    const rig = await newRig();
    let { etag } = await rig.store.lifecycles.save(KEY, {
      lifecycle: served(),
      taken: [],
      deliveries: [],
      ledger: ended(1),
    });
    for (const ledger of [ended(2), ended(3)])
      ({ etag } = await rig.store.lifecycles.save(KEY, {
        lifecycle: served(),
        etag,
        taken: [],
        deliveries: [],
        ledger,
      }));
    expect((await showModel(KEY, rig.deps))?.trainings.map(({ number }) => number)).toEqual([3, 2, 1]);
  });

  test('the commands that its policy allows', async () => {
    expect((await shown(served()))?.commands).not.toContain('retrain');
    expect((await shown(served(), TRAINS))?.commands).toContain('retrain');
    expect((await shown(served({ training: TRAINING }), TRAINS))?.commands).toContain('reject');
    const rig = await newRig({ policy: TRAINS });
    expect((await listModels(rig.deps))[0]?.commands).toContain('retrain');
  });

  test('a release whose policy is gone hides nothing', async () => {
    const rig = await newRig({ policy: TRAINS });
    await rig.store.lifecycles.save(KEY, { lifecycle: releasing('gating', { policy: 'a'.repeat(64) }), taken: [], deliveries: [] }); // prettier-ignore
    expect(await listModels(rig.deps)).toMatchObject([{ state: 'gating', commands: ['pause', 'retrain', 'rollback'] }]);
  });
});
