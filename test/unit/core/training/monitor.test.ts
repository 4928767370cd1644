import { describe, expect, test } from 'vitest';
import type { Breach } from '../../../../src/lib/core/training/state.ts';
import { HOUR_MS, iso, MINUTE_MS, needed, served } from '../given.ts';
import type { MonitorFact, MonitorRunFact } from '../../../../src/lib/core/step.ts';
import { breach, DAY_MS, monitor, PLAN, readMonitor, run, told, TRAINED, trainPass, TRAINS, trains } from './given.ts';

const NEW_DATA = trains('when: {newData: mails}');
const { training: _, ...UNTRAINED } = TRAINS;
const QUALITY = breach({ signal: 'spam_data_quality', kind: 'quality' });
const hinted = (hints: string[], row = {}) => served({ trained: { ...TRAINED, hints }, ...row });

test('a hint is noted, and the monitor is read in the next pass', () => {
  const first = trainPass(served(), {}, { items: [told('root-1-step')] });
  expect(first.next.trained?.hints).toEqual(['root-1-step']);
  expect(first.lookInMs).toBe(0);
  expect(needed(first.next, { policy: TRAINS }).training).toEqual({ monitor: { hints: ['root-1-step'], runs: 3 } });
  const named = trains('when: {drift: {monitor: spam-monitor, breaches: 2 of 7}}');
  expect(needed(first.next, { policy: named }).training?.monitor).toEqual({ hints: ['root-1-step'], runs: 14, name: 'spam-monitor' }); // prettier-ignore
});

test('a model that nothing asks about costs no call', () => {
  expect(needed(served(), { policy: TRAINS })).toEqual({});
});

test('a finding is one cause however often it was told', () => {
  const fact = monitor([run('root-1', 0, [breach(), breach({ signal: 'answers', kind: 'performance' })])], ['root-1-a', 'root-1-b']); // prettier-ignore
  const { next, notices, rules } = trainPass(hinted(['root-1-a', 'root-1-b']), { monitor: fact });
  expect(next.request?.causes).toMatchObject([{ kind: 'monitor', id: 'monitor|root-1', run: 'root-1', breaches: [{ signal: 'spam_data_drift' }, { signal: 'answers' }] }]); // prettier-ignore
  expect(next.trained).toMatchObject({ hints: [], judgedRun: { run: 'root-1', at: iso() } });
  expect([notices, rules]).toEqual([[], ['monitor.cause']]);
  const again = trainPass(hinted(['root-1-c'], { trained: { ...next.trained, hints: ['root-1-c'] } }), { monitor: monitor([run('root-1', 0, [breach()])], ['root-1-c']) }); // prettier-ignore
  expect(again.next.request).toBeUndefined();
});

test('what is no run of the monitor changes nothing', () => {
  const { next, rules } = trainPass(hinted(['forged']), { monitor: monitor([run('root-1', 0)]) });
  expect(next.request).toBeUndefined();
  expect(next.trained?.hints).toEqual([]);
  expect(rules).toEqual(['monitor.stranger forged']);
});

test('a hint that comes while the monitor is read is read in the next pass', () => {
  const { next, lookInMs } = trainPass(hinted(['root-1']), { monitor: monitor([run('root-1', 0)], ['root-1']) }, { items: [told('root-2')] }); // prettier-ignore
  expect(next.trained?.hints).toEqual(['root-2']);
  expect(lookInMs).toBe(0);
});

describe('a run that has not ended', () => {
  const running = monitor([run('root-1', 0, [breach()], false)], ['root-1']);
  test('is looked at again, for its signals breach one after the other', () => {
    const { next, lookInMs } = trainPass(hinted(['root-1-x', 'root-1']), { monitor: running }, { at: HOUR_MS });
    expect(next.request).toBeUndefined();
    expect(next.trained?.hints).toEqual(['root-1']);
    expect(lookInMs).toBe(MINUTE_MS);
  });
  test('is judged all the same when it takes too long', () => {
    expect(trainPass(hinted(['root-1']), { monitor: running }, { at: 6 * HOUR_MS }).next.request?.causes).toHaveLength(
      1,
    );
  });
  test('does not take an older one along that has not ended either', () => {
    const both = [run('root-2', HOUR_MS, [], false), run('root-1', 0, [], false)];
    const first = trainPass(hinted(['root-1']), { monitor: monitor(both, ['root-1']) }, { at: HOUR_MS + 1 });
    expect(first.next.trained?.judgedRun).toBeUndefined();
    const ended = [run('root-2', HOUR_MS, [], false), run('root-1', 0, [breach()])];
    const second = trainPass(first.next, { monitor: monitor(ended, ['root-1']) }, { at: HOUR_MS + 2 });
    expect(second.next.request?.causes).toMatchObject([{ run: 'root-1' }]);
  });
  test('does not hide an earlier one', () => {
    const runs = [run('root-2', HOUR_MS, [breach()], false), run('root-1', 0, [breach()])];
    const { next } = trainPass(hinted(['root-1']), { monitor: monitor(runs, ['root-1']) }, { at: HOUR_MS });
    expect(next.request?.causes).toMatchObject([{ run: 'root-1' }]);
    expect(next.trained?.judgedRun?.run).toBe('root-1');
  });
});

describe('2 of 3', () => {
  const policy = trains('when: {drift: {breaches: 2 of 3}}');
  const rows: [string, boolean[], number | undefined][] = [
    ['one is not enough', [true, false, false], undefined],
    ['two in a row are', [true, true, false], 1],
    ['two with a gap are', [true, false, true], 1],
    ['the fourth counts no more', [true, false, false, true], undefined],
  ];
  test.each(rows)('%s', (_, breached, causes) => {
    const newestFirst = breached.map((bad, index) => run(`root-${index}`, -index * DAY_MS, bad ? [breach()] : []));
    const judged = { run: 'root-1', at: iso(-DAY_MS) };
    const row = served({ trained: { ...TRAINED, hints: ['root-0'], judgedRun: judged } });
    const { next } = trainPass(row, { monitor: monitor(newestFirst, ['root-0']) }, { policy });
    expect(next.request?.causes.length).toBe(causes);
  });
  test('is counted for a run that is told late as well', () => {
    const runs = [
      run('r5', 5 * HOUR_MS),
      run('r4', 4 * HOUR_MS, [breach()]),
      run('r3', 3 * HOUR_MS),
      run('r2', 2 * HOUR_MS, [breach()]),
    ];
    const row = served({ trained: { ...TRAINED, hints: ['r5'], judgedRun: { run: 'r3', at: iso(3 * HOUR_MS) } } });
    const { next } = trainPass(row, { monitor: monitor(runs, ['r5']) }, { policy, at: 6 * HOUR_MS });
    expect(next.request?.causes).toMatchObject([{ run: 'r4' }]);
    expect(needed(row, { policy }).training?.monitor?.runs).toBe(6);
  });
  test('is not counted with what was found before the champion was released', () => {
    const champion = { version: '6', deployment: 'mold-6', since: iso(), release: 6 };
    const row = served({ champion, trained: { ...TRAINED, hints: ['r2'] } });
    const runs = [run('r2', HOUR_MS, [breach()]), run('r1', -HOUR_MS, [breach()])];
    expect(
      trainPass(row, { monitor: monitor(runs, ['r2']) }, { policy, at: 2 * HOUR_MS }).next.request,
    ).toBeUndefined();
  });
  test('does not count a run that broke off', () => {
    const runs = [
      run('r4', 0, [breach()]),
      { ...run('r3', -1), incomplete: true } as const,
      run('r2', -2),
      run('r1', -3, [breach()]),
    ];
    const row = served({ trained: { ...TRAINED, hints: ['r4'], judgedRun: { run: 'r2', at: iso(-2) } } });
    expect(trainPass(row, { monitor: monitor(runs, ['r4']) }, { policy }).next.request).toBeDefined();
  });
  test('broken data is no breach of it', () => {
    const runs = [run('root-0', 0, [QUALITY]), run('root-1', -DAY_MS, [breach()])];
    const row = served({ trained: { ...TRAINED, hints: ['root-0'], judgedRun: { run: 'root-1', at: iso(-DAY_MS) } } });
    expect(trainPass(row, { monitor: monitor(runs, ['root-0']) }, { policy }).next.request).toBeUndefined();
  });
});

describe('broken data', () => {
  const { next, notices } = trainPass(hinted(['root-1']), { monitor: monitor([run('root-1', 0, [QUALITY, breach()])], ['root-1']) }); // prettier-ignore
  test('is told to its owner and holds what drift asks for', () => {
    expect(next.trained?.badData).toMatchObject({ signal: 'spam_data_quality', run: 'root-1' });
    expect(notices).toMatchObject([{ kind: 'badData', audience: 'decide', training: { refusal: 'badData' } }]);
    expect(notices[0]?.training?.causes).toMatchObject([{ breaches: [{ kind: 'quality' }] }, { id: 'monitor|root-1' }]);
    expect(next.request).toMatchObject({ causes: [{ run: 'root-1' }], refused: { reason: 'badData' } });
  });
  test('ends with a later run that finds none', () => {
    const runs = [run('root-2', DAY_MS), run('root-1', 0, [QUALITY, breach()])];
    expect(needed(next, { policy: TRAINS, at: DAY_MS }).training).toMatchObject({ monitor: { hints: [], runs: 3 } });
    const well = trainPass(next, { monitor: monitor(runs) }, { at: DAY_MS });
    expect(well.next.trained?.badData).toBeUndefined();
    expect(well.next.trained?.judgedRun?.run).toBe('root-2');
    expect(well.next.request?.causes).toHaveLength(1);
  });
  test('stays while later runs find it, and is told once', () => {
    const runs = [run('root-2', DAY_MS, [QUALITY]), run('root-1', 0, [QUALITY, breach()])];
    const still = trainPass(next, { monitor: monitor(runs) }, { at: DAY_MS });
    expect(still.next.trained?.badData?.run).toBe('root-2');
    expect(still.notices).toEqual([]);
  });
  test('is told again when it is another signal', () => {
    const other = breach({ signal: 'other_quality', kind: 'quality' });
    const runs = [run('root-2', DAY_MS, [other]), run('root-1', 0, [QUALITY, breach()])];
    expect(trainPass(next, { monitor: monitor(runs) }, { at: DAY_MS }).notices).toMatchObject([
      { id: 'badData-root-2' },
    ]);
  });
  test('does not end with a run that broke off: it may have broken off at the very data', () => {
    const runs = [{ ...run('root-2', DAY_MS), incomplete: true } as const, run('root-1', 0, [QUALITY, breach()])];
    const still = trainPass(next, { monitor: monitor(runs), plan: PLAN }, { at: DAY_MS });
    expect([still.next.trained?.badData?.run, still.actions]).toEqual(['root-1', []]);
  });
});

describe('what was found before the champion was released is not about it', () => {
  const champion = { version: '6', deployment: 'mold-6', since: iso(), release: 6 };
  const { release: _, ...met } = champion;
  const heard = (served: typeof met, breaches: Breach[], policy = TRAINS) =>
    trainPass(
      hinted(['root-1'], { champion: served }),
      { monitor: monitor([run('root-1', -1, breaches)], ['root-1']) },
      { policy },
    );

  test('and asks for no training', () => {
    expect(heard(champion, [breach()]).next.request).toBeUndefined();
    expect(heard(met, [breach()]).next.request).toBeDefined();
  });
  test('and broken data of then holds nothing', () => {
    const { next, notices } = heard(champion, [QUALITY]);
    expect([next.trained?.badData, next.trained?.judgedRun, notices]).toEqual([undefined, undefined, []]);
    expect(heard(met, [QUALITY]).notices).toMatchObject([{ kind: 'badData' }]);
  });
  test('and is told to nobody where the policy does not train on it', () => {
    const policy = trains('when: {newData: mails}');
    expect(heard(champion, [breach()], policy).notices).toEqual([]);
    expect(heard(met, [breach()], policy).notices).toMatchObject([{ kind: 'driftFound' }]);
  });
});

test('what was found before anybody looked, or long ago, is no news', () => {
  const unhinted = monitor([run('root-1', 0, [breach()])]);
  expect(trainPass(hinted(['stranger']), { monitor: unhinted }).next.request).toBeUndefined();
  const old = monitor([run('root-1', 0, [breach()])], ['root-1']);
  expect(trainPass(hinted(['root-1']), { monitor: old }, { at: 7 * DAY_MS }).next.request).toBeUndefined();
});

test('a monitor that cannot be read is read later, and everything else goes on', () => {
  const away = { monitor: { provider: 'Azure ML', reason: 'schedules: HTTP 403' } };
  const row = hinted(['root-1'], {
    request: { since: iso(), causes: [{ kind: 'schedule', id: 's', at: iso(), slot: iso() }], more: 0 },
  });
  const { next, actions, lookInMs } = trainPass(row, { away, plan: PLAN });
  expect(next.trained?.hints).toEqual(['root-1']);
  expect(actions.map((action) => action.do)).toEqual(['submitTraining']);
  expect(lookInMs).toBe(MINUTE_MS);
  expect(trainPass(hinted(['root-1']), { away }).lookInMs).toBe(15 * MINUTE_MS);
});

describe('a policy that does not train on findings', () => {
  const fact = monitor([run('root-1', 0, [breach(), QUALITY])], ['root-1']);
  test('has them told, and is held by broken data all the same', () => {
    const { next, notices } = trainPass(hinted(['root-1']), { monitor: fact }, { policy: NEW_DATA });
    expect(next.request).toBeUndefined();
    expect(next.trained?.badData).toMatchObject({ run: 'root-1', monitor: 'spam-monitor' });
    expect(notices).toMatchObject([
      { id: 'driftFound-root-1', training: { causes: [{ breaches: [{ kind: 'drift' }] }] } },
      { id: 'badData-root-1', training: { causes: [{ breaches: [{ kind: 'quality' }] }] } },
    ]);
  });
  test('because it trains on nothing has all of them told, for there is nothing to hold', () => {
    const { next, notices } = trainPass(hinted(['root-1']), { monitor: fact }, { policy: UNTRAINED });
    expect(next.trained?.badData).toBeUndefined();
    expect(notices).toMatchObject([{ id: 'driftFound-root-1', training: { causes: [{ breaches: [{}, {}] }] } }]);
  });
});

const both = (a: MonitorRunFact[], b: MonitorRunFact[], hints: string[] = []) =>
  ({ found: 'each', monitors: [readMonitor('a', a, hints), readMonitor('b', b, hints)] }) as const;

describe('several monitors of which no choice has to be made', () => {
  const policy = NEW_DATA;
  test.each([NEW_DATA, UNTRAINED])('are all read, and what each finds is told', (either) => {
    expect(needed(hinted(['a-1']), { policy: either }).training?.monitor).toEqual({ hints: ['a-1'], runs: 3, each: true }); // prettier-ignore
    const fact = both([run('a-1', 1, [breach()])], [run('b-1', 2, [breach()]), run('b-0', 0)], ['a-1-step']);
    const { next, notices, rules } = trainPass(hinted(['a-1-step', 'forged']), { monitor: fact }, { policy: either });
    expect(notices).toMatchObject([
      { id: 'driftFound-a-1', training: { causes: [{ monitor: 'a' }] } },
      { id: 'driftFound-b-1', training: { causes: [{ monitor: 'b' }] } },
    ]);
    expect(next.trained).toMatchObject({ hints: [], judgedRun: { run: 'b-1', at: iso(2) } });
    expect(rules).toEqual(['monitor.stranger forged', 'monitor.told', 'monitor.told']);
  });
  test('are told once each, also when they began in the same instant', () => {
    const fact = both([run('a-1', 0, [breach()])], [run('b-1', 0, [breach()])], ['a-1', 'b-1']);
    const first = trainPass(hinted(['a-1']), { monitor: fact }, { policy });
    expect(first.notices.map(({ id }) => id)).toEqual(['driftFound-a-1', 'driftFound-b-1']);
    const again = { ...first.next, trained: { ...TRAINED, ...first.next.trained, hints: ['b-1'] } };
    expect(trainPass(again, { monitor: fact }, { policy }).notices).toEqual([]);
  });
  test('that began in the same instant as one that was judged is told all the same', () => {
    const fact = both([run('a-1', 0, [breach()])], [run('b-1', 0, [breach()])]);
    const row = hinted(['x'], { trained: { ...TRAINED, hints: ['x'], judgedRun: { run: 'a-1', at: iso() } } });
    expect(trainPass(row, { monitor: fact }, { policy }).notices).toMatchObject([{ id: 'driftFound-b-1' }]);
  });
  test.each([true, false])('wait for the first that still runs, whether the second has ended: %s', (ended) => {
    const fact = both([run('a-1', 1, [breach()], false)], [run('b-1', 2, [breach()], ended)], ['b-1']);
    const row = hinted(['b-1'], { trained: { ...TRAINED, hints: ['b-1'], judgedRun: { run: 'b-0', at: iso() } } });
    const { next, notices } = trainPass(row, { monitor: fact }, { policy, at: MINUTE_MS });
    expect([notices, next.trained?.hints]).toEqual([[], ['a-1']]);
  });
  describe('find broken data', () => {
    const held = trainPass(hinted(['a-1']), { monitor: both([run('a-1', 0, [QUALITY])], [], ['a-1']) }, { policy }).next;
    const later = (fact: MonitorFact, row = held) =>
      trainPass({ ...row, trained: { ...TRAINED, ...row.trained, hints: ['x'] } }, { monitor: fact }, { policy, at: DAY_MS });
    test('and a run of the other one does not end that', () => {
      const still = later(both([run('a-1', 0, [QUALITY])], [run('b-1', 1)]));
      expect(still.next.trained?.badData).toMatchObject({ monitor: 'a' });
      expect(later(both([run('a-2', 2), run('a-1', 0, [QUALITY])], [run('b-1', 1)])).next.trained?.badData).toBeUndefined();
    });
    test('and both hold until both are well, each told once', () => {
      const two = later(both([run('a-1', 0, [QUALITY])], [run('b-1', 1, [QUALITY])]));
      expect(two.notices).toMatchObject([{ id: 'badData-b-1' }]);
      const night = later(both([run('a-2', 2, [QUALITY])], [run('b-2', 3, [QUALITY])]), two.next);
      expect(night.notices).toEqual([]);
      const one = later(both([run('a-3', 5, [QUALITY])], [run('b-3', 4)]), night.next);
      expect(one.next.trained).toMatchObject({ badData: { monitor: 'a' } });
      expect(one.next.trained?.badDataToo).toBeUndefined();
    });
    test('and what one said that is not there any more is ended by the others', () => {
      const gone = monitor([run('b-1', 1)]);
      expect(later(gone).next.trained?.badData).toBeUndefined();
    });
    test('as rows of before say it, without a name, it is ended by any', () => {
      const old = served({ trained: { ...TRAINED, badData: { ...QUALITY }, judgedRun: { run: 'a-1', at: iso() } } });
      expect(later(both([], [run('b-1', 1)]), old).next.trained?.badData).toBeUndefined();
    });
  });
}); // prettier-ignore

describe('without the one monitor', () => {
  test('none watches: nothing follows', () => {
    const { next, notices, rules } = trainPass(hinted(['x']), { monitor: { found: 'none', names: [] } });
    expect([next.trained?.hints, notices, rules]).toEqual([[], [], ['monitor.none']]);
  });
  const several = { monitor: { found: 'several', names: ['a', 'b'] } } as const;
  const none = { monitor: { found: 'none', names: ['other'] } } as const;
  const named = trains('when: {drift: {monitor: spam-monitor}}');
  test.each([
    ['several watch: the policy must name one', several, TRAINS, '2 monitors watch this endpoint (a, b)'],
    [
      'the one that the policy names is not there',
      none,
      named,
      'No enabled monitor spam-monitor watches this endpoint',
    ],
  ])('%s, and people hear of it once', (_, facts, policy, words) => {
    const first = trainPass(hinted(['x']), facts, { policy });
    expect(first.notices[0]?.sentence).toContain(words);
    const again = trainPass({ ...first.next, trained: { ...TRAINED, ...first.next.trained, hints: ['y'] } }, facts, {
      policy,
    });
    expect(again.notices).toEqual([]);
  });
});
