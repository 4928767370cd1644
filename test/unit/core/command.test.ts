import { describe, expect, test } from 'vitest';
import { allowed } from '../../../src/lib/core/command.ts';
import type { Lifecycle } from '../../../src/lib/core/lifecycle.ts';
import {
  BOTH, command, deployment, endpoint, firstRelease, HOUR_MS, iso, item, MINUTE_MS, needed, NEW, OLD, pass, policy, registered, releasing, rollingBack, served, shifting,
  watching,
} from './given.ts'; // prettier-ignore

const paused = { paused: { since: iso(), actor: 'ada', reason: 'x' } };
const stalled = { stalled: { since: iso(), reason: 'x' } };
const held = { held: { since: iso(), reason: 'x', live: { x: 100 } } };
const evaluation = { job: 'stw-e8', template: 't', data: 'd', dataVersion: '1', submittedAt: iso() };

describe('allowed now', () => {
  const rows: [string, Lifecycle, string[]][] = [
    ['idle', served(), ['pause']],
    ['paused: again, for longer', served({ conditions: paused }), ['resume', 'pause']],
    ['stalled: pause too', served({ conditions: stalled }), ['resume', 'pause']],
    ['held', served({ conditions: held }), ['pause', 'adopt', 'revert']],
    ['held, never seen before', firstRelease('registered'), ['pause', 'rollback']],
    ['evaluating', releasing('evaluating'), ['pause', 'rollback']],
    ['deploying', releasing('deploying'), ['pause', 'rollback']],
    ['shifting', shifting(), ['pause', 'rollback', 'promote']],
    ['shifting, promoted', shifting({ promoted: { actor: 'a', reason: 'r', at: iso() } }), ['pause', 'rollback']],
    ['watching', watching(), ['pause', 'rollback']],
    ['rolling back', rollingBack(), ['pause']],
    ['waiting for a person', firstRelease('awaitingDecision'), ['pause', 'rollback', 'promote']],
    ['decided', firstRelease('awaitingDecision', { decision: { actor: 'a', reason: 'r', at: iso() } }), ['pause', 'rollback']], // prettier-ignore
  ];
  test.each(rows)('%s', (_, row, names) => {
    expect(allowed(row, { trains: false })).toEqual(names);
  });
});

describe('a command is refused, and changes nothing but the record', () => {
  const rows: [string, Lifecycle, ReturnType<typeof command>, RegExp][] = [
    ['expired', shifting(), command('rollback', { release: 7, expiresAt: iso(-1) }), /^expired unread; allowed now: pause, rollback, promote$/], // prettier-ignore
    ['another release', shifting(), command('promote', { release: 6 }), /^release 6 is not the current one \(7\)/],
    ['a release that is no more', served({ ended: [{ number: 8, version: '9', end: 'rejected', cause: 'gate', at: iso() }] }), command('rollback', { release: 8 }), /^release 8 is not the current one \(6\)/], // prettier-ignore
    ['nothing to resume', served(), command('resume'), /^resume does nothing now/],
    ['nothing to promote past the gate', releasing('gating'), command('promote', { release: 7 }), /^promote does nothing now/], // prettier-ignore
    ['rolling back already', rollingBack(), command('rollback', { release: 7 }), /^rollback does nothing now/],
    ['nothing held', served(), command('adopt'), /^adopt does nothing now/],
    ['nothing held', served(), command('revert'), /^revert does nothing now/],
  ];
  test.each(rows)('%s', (_, row, item, why) => {
    const { next, refused, actions, notices } = pass(row, { items: [item] });
    expect(refused[item.factKey]).toMatch(why);
    expect([actions, notices, next.release?.phase]).toEqual([[], [], row.release?.phase]);
  });

  test('that expires this very moment is still taken', () => {
    const { refused } = pass(shifting(), { items: [command('rollback', { release: 7, expiresAt: iso() })] });
    expect(refused).toEqual({});
  });
});

describe('pause', () => {
  test('holds a waiting version until resume', () => {
    const waiting = pass(served(), { items: [command('pause'), registered('7')] });
    expect(waiting.next).toMatchObject({ waiting: { version: '7' }, conditions: { paused: { actor: 'ada', reason: 'because' } } }); // prettier-ignore
    expect(waiting.next.release).toBeUndefined();
    const { next } = pass(waiting.next, { items: [command('resume')] });
    expect(next.release).toMatchObject({ version: '7', phase: 'registered' });
  });

  test('with an end is over by itself', () => {
    const row = pass(served(), { items: [command('pause', { until: iso(HOUR_MS) }), registered('7')] });
    expect(row.lookInMs).toBe(HOUR_MS);
    expect(pass(row.next, { at: HOUR_MS - 1 }).next.release).toBeUndefined();
    const { next } = pass(row.next, { at: HOUR_MS });
    expect([next.release?.version, next.conditions]).toEqual(['7', {}]);
  });

  test('again moves its end', () => {
    const row = served({ conditions: { paused: { ...paused.paused, until: iso(MINUTE_MS) } } });
    const { next } = pass(row, { items: [command('pause', { until: iso(HOUR_MS) })] });
    expect(next.conditions.paused?.until).toBe(iso(HOUR_MS));
  });
});

describe('rollback', () => {
  test.each(['deploying', 'smokeTesting', 'shifting', 'watching'] as const)('turns back from %s', (phase) => {
    const { next, lookInMs } = pass(releasing(phase, { deployment: NEW }), { items: [command('rollback', { release: 7 })] }); // prettier-ignore
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'command', actor: 'ada', sentence: 'Asked for by ada: because' } }); // prettier-ignore
    expect(lookInMs).toBe(0);
  });

  test.each(['registered', 'evaluating', 'gating', 'awaitingDecision'] as const)('ends in %s what touched nothing yet', (phase) => {
    const { next, notices, closed, actions } = pass(releasing(phase), { items: [command('rollback', { release: 7 })] });
    expect([next.release, actions]).toEqual([undefined, []]);
    expect(closed).toMatchObject({ number: 7, end: 'aborted', cause: 'command' });
    expect(notices).toMatchObject([{ kind: 'aborted', actor: 'ada' }]);
  }); // prettier-ignore

  test('cancels the evaluation that nobody waits for any more', () => {
    const { actions } = pass(releasing('evaluating', { evaluation }), { items: [command('rollback', { release: 7 })] });
    expect(actions).toEqual([{ do: 'cancelJob', job: 'stw-e8' }]);
  });

  const beside = served({
    counters: { release: 7, evaluation: 7 },
    champion: { version: '6', deployment: OLD, since: iso(-HOUR_MS), release: 6, replaced: 'mold-5' },
    retiring: [{ version: '5', deployment: 'mold-5', until: iso(HOUR_MS) }],
    ended: [{ number: 7, version: '7', end: 'rolledBack', cause: 'canary', at: iso(-MINUTE_MS) }, { number: 6, version: '6', end: 'released', cause: 'watched', at: iso(-HOUR_MS) }],
  }); // prettier-ignore

  test('of a release that has just ended by itself leaves the champion alone', () => {
    const { next, refused } = pass(beside, { items: [command('rollback', { release: 7 })] });
    expect(next.release).toBeUndefined();
    expect(Object.values(refused)[0]).toMatch(/^release 7 is not the current one \(6\)/);
    expect(pass(beside, { items: [command('rollback', { release: 6 })] }).next.release?.fallback?.version).toBe('5');
  });

  test('asked for twice takes one release back, not the champion as well, and still cancels its job', () => {
    const row: Lifecycle = { ...beside, ended: beside.ended.slice(1), release: releasing('evaluating', { evaluation }).release }; // prettier-ignore
    const twice = [command('rollback', { release: 7 }), command('rollback', { release: 7 })];
    const { next, closed, actions, refused } = pass(row, { items: twice });
    expect([next.release, closed?.number, Object.keys(refused)]).toEqual([undefined, 7, [twice[1]?.factKey]]);
    expect(actions).toEqual([{ do: 'cancelJob', job: 'stw-e8' }]);
  });

  test('outranks a promotion in the same pass, in any order', () => {
    for (const items of [[command('promote', { release: 7 }), command('rollback', { release: 7 })], [command('rollback', { release: 7 }), command('promote', { release: 7 })]])
      expect(pass(shifting(), { items }).next.release?.phase).toBe('rollingBack');
  }); // prettier-ignore
});

const facts = (traffic: Record<string, number>) => ({ endpoint: endpoint(traffic), deployments: [...BOTH, deployment('x', '9'), deployment('other', '1', { model: '/models/other-model/versions/1' })] }); // prettier-ignore

describe('adopt', () => {
  /** The champion before, which Steward had made. */
  const KEPT = { version: '6', deployment: OLD, until: iso(policy.rollout.keepPreviousMs) };
  const row = served({ conditions: held });

  test('needs the endpoint and its deployments, as revert does', () => {
    for (const name of ['adopt', 'revert'] as const)
      expect(needed(served(), { items: [command(name)] })).toEqual({ endpoint: true, deployments: true });
  });

  test('takes live traffic as the truth', () => {
    const { next, actions } = pass(row, { items: [command('adopt')], facts: facts({ x: 100 }) });
    expect(next).toMatchObject({ champion: { version: '9', deployment: 'x' }, generation: 4, conditions: {}, traffic: { desired: { x: 100 }, generation: 4, verified: { split: { x: 100 } } } }); // prettier-ignore
    expect(actions).toEqual([]);
  });

  test.each<[string, Record<string, number>]>([
    ['a split', { x: 50, [OLD]: 50 }],
    ['nothing', {}],
    ['another model', { other: 100 }],
    ['a deployment that is not there', { gone: 100 }],
  ])('is refused for %s', (_, traffic) => {
    const { refused, next } = pass(row, { items: [command('adopt')], facts: facts(traffic) });
    expect(Object.values(refused)[0]).toMatch(/^live traffic is not one deployment of this model at 100 %/);
    expect(next.champion).toEqual(row.champion);
  });

  test('ends a release under way and keeps no challenger for long', () => {
    const { next, notices } = pass(shifting({}, { conditions: held }), { items: [command('adopt')], facts: facts({ x: 100 }) }); // prettier-ignore
    expect(next.ended[0]).toMatchObject({ end: 'aborted', cause: 'adopted' });
    expect(next.retiring).toEqual([KEPT, { version: '7', deployment: NEW, until: iso() }]);
    expect(notices).toMatchObject([{ kind: 'championAdopted' }, { kind: 'aborted', champion: '9' }]);
  });

  test('tells that there is a champion', () => {
    const { notices } = pass(row, { items: [command('adopt')], facts: facts({ x: 100 }) });
    expect(notices).toMatchObject([{ kind: 'championAdopted', audience: 'inform', champion: '9', actor: 'ada', sentence: 'because', live: { x: 100 } }]); // prettier-ignore
  });

  test('of the challenger keeps the old champion as the way back, for as long as the policy says', () => {
    const { next, notices } = pass(shifting({}, { conditions: held }), { items: [command('adopt')], facts: facts({ [NEW]: 100 }) }); // prettier-ignore
    expect(next.champion).toEqual({ version: '7', deployment: NEW, since: iso(), release: 7, replaced: OLD });
    expect(next.retiring).toEqual([{ version: '6', deployment: OLD, until: iso(policy.rollout.keepPreviousMs) }]);
    expect(notices.map(({ kind, champion }) => [kind, champion])).toEqual([['championAdopted', '7'], ['aborted', '7']]); // prettier-ignore
    const gone = pass(shifting({}, { conditions: held }), { items: [command('adopt')], facts: { endpoint: endpoint({ [NEW]: 100 }), deployments: BOTH.slice(1) } }); // prettier-ignore
    expect(gone.next.retiring).toEqual([]);
  });

  test('of a deployment that was kept to be deleted keeps it for good', () => {
    const retiring = [{ version: '9', deployment: 'x', until: iso(), markedAt: iso() }];
    const { next } = pass({ ...row, retiring }, { items: [command('adopt')], facts: facts({ x: 100 }) });
    expect(next.retiring).toEqual([KEPT]);
  });

  test('leaves a champion that people made to them', () => {
    const made = [deployment('x', '9'), deployment(OLD, '6', { stewardId: 'somebody' })];
    const { next } = pass(row, { items: [command('adopt')], facts: { endpoint: endpoint({ x: 100 }), deployments: made } }); // prettier-ignore
    expect(next.retiring).toEqual([]);
  });
});

test('revert puts back what was wanted under a new generation, and asks until it shows', () => {
  const facts = { endpoint: endpoint({ x: 100 }), deployments: BOTH };
  const { next, actions } = pass(served({ conditions: held }), { items: [command('revert')], facts });
  expect(actions).toEqual([{ do: 'setTraffic', expected: { x: 100 }, desired: { [OLD]: 100 }, generation: 4 }]);
  expect([next.conditions, next.generation]).toEqual([{}, 4]);
  expect(pass(next, { facts, at: 10_000 }).actions).toEqual(actions);
  const done = pass(next, { facts: { ...facts, endpoint: endpoint({ [OLD]: 100 }) }, at: 20_000 });
  expect(done.next.traffic?.verified).toEqual({ split: { [OLD]: 100 }, at: iso(20_000) });
});

// Simulated seed 1487: the champion's deployment had been deleted by hand, and the refused split was asked for without a pause.
test('revert is refused where there is no deployment to give traffic back to', () => {
  const facts = { endpoint: endpoint({ [NEW]: 100 }), deployments: BOTH.slice(1) };
  const { refused, actions, next } = pass(served({ conditions: held }), { items: [command('revert')], facts });
  expect(Object.values(refused)).toEqual([expect.stringMatching(/^there is no deployment mold-6 any more/)]);
  expect(actions).toEqual([]);
  expect(next.conditions.held).toBeDefined();
});

test('a split that Azure calls invalid is asked for again at the pace of reading back, not at once', () => {
  const traffic = { desired: { [OLD]: 100 }, generation: 4, verified: { split: { x: 100 }, at: iso() } };
  const invalid = item({ kind: 'outcome', outcome: { of: 'setTraffic', result: 'refused', code: 'invalid', message: 'no such deployment' } }); // prettier-ignore
  const { next, actions, lookInMs } = pass(served({ traffic }), { items: [invalid] });
  expect([actions, lookInMs, next.conditions.unreachable?.reason]).toEqual([[], 10_000, 'Azure refuses what Steward asks for: no such deployment']); // prettier-ignore
});

test.each(['adopt', 'revert'] as const)(
  '%s reads the endpoint in spite of a back-off, and says when it could not be read',
  (name) => {
    const away = {
      unreachable: { since: iso(), provider: 'Azure ML', reason: '503', until: iso(5 * MINUTE_MS), tries: 6 },
    };
    const items = [command(name)];
    expect(needed(served({ conditions: { ...held, ...away } }), { items })).toEqual({
      endpoint: true,
      deployments: true,
    });
    const { refused } = pass(served({ conditions: held }), {
      items,
      facts: { unreachable: { provider: 'Azure ML', reason: '503' } },
    });
    expect(Object.values(refused)).toEqual([
      expect.stringMatching(/^the endpoint could not be read; allowed now: pause, adopt, revert$/),
    ]);
  },
);
