import { describe, expect, test } from 'vitest';
import { listModels, showModel } from '../../src/lib/history.ts';
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import { firstRelease, iso, KEY, MINUTE_MS, registered, releasing, served } from './core/given.ts';
import { newRig, WORKSPACE } from './rig.ts';

async function shown(row: Lifecycle) {
  const rig = await newRig();
  await rig.store.lifecycles.save(KEY, { lifecycle: row, taken: [], deliveries: [] });
  return showModel(KEY, rig.deps);
}

test('a model that was never seen says what it waits for', async () => {
  const rig = await newRig();
  expect(await listModels(rig.deps)).toMatchObject([{ ...KEY, state: 'neverSeen', commands: ['pause'], unread: 0 }]);
  expect(await showModel({ ...KEY, model: 'other' }, rig.deps)).toBeUndefined();
});

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
