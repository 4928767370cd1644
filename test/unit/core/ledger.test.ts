import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditRow } from '../../../src/lib/core/audit.ts';
import { rebuild, record, recorded, recordedFacts, verifyChain } from '../../../src/lib/core/ledger.ts';
import type { Lifecycle } from '../../../src/lib/core/lifecycle.ts';
import { arm, iso, minutes, NEW, OLD, rollingBack, served, shifting, watching } from './given.ts';

const entry = { at: iso(), items: [], refused: {}, facts: {}, rules: ['r'], actions: [], notices: [] };

function chain(states: readonly Lifecycle[]): { readonly rows: AuditRow[]; readonly last: Lifecycle } {
  const rows: AuditRow[] = [];
  let last: Lifecycle | undefined;
  for (const state of states) {
    const made = record(last, { ...state, ...(last ? { auditDigest: last.auditDigest ?? '' } : {}) }, entry);
    rows.push(made.row);
    last = made.lifecycle;
  }
  if (!last) throw new Error('no states');
  return { rows, last };
}

const life = [served(), shifting(), watching(), rollingBack(), served({ retiring: [{ version: '7', deployment: NEW, until: iso() }] })]; // prettier-ignore

describe('the patches alone', () => {
  test('rebuild the row at every step', () => {
    for (let count = 1; count <= life.length; count += 1) {
      const { rows, last } = chain(life.slice(0, count));
      expect(rebuild(rows)).toEqual(recorded(last));
      expect(verifyChain(rows, last.auditDigest)).toEqual([]);
    }
  });

  test('whatever deployments are called and however splits change', () => {
    const name = fc.constantFrom(OLD, NEW, 'prototype', 'constructor', 'toString', 'a');
    const split = fc.dictionary(name, fc.integer({ min: 0, max: 100 }), { maxKeys: 3, noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(split, { minLength: 1, maxLength: 6 }), (splits) => {
        const { rows, last } = chain(splits.map((desired, generation) => served({ traffic: { desired, generation } })));
        expect(rebuild(rows)).toEqual(recorded(last));
        expect(verifyChain(rows)).toEqual([]);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('leave out when to look: a pass that only moves that has nothing to record', () => {
    const row = served({ nextLook: iso(), checkBy: iso(), auditDigest: 'x' });
    expect(recorded(row)).toEqual(recorded(served()));
    expect(recorded(row)).not.toHaveProperty('nextLook');
  });
});

describe('the chain finds', () => {
  const { rows, last } = chain(life);
  const at = (index: number) => rows[index] as AuditRow;
  const tampered: [string, AuditRow[], number][] = [
    ['an altered rule', rows.with(1, { ...at(1), rules: ['other'] }), 3],
    ['an altered patch', rows.with(1, { ...at(1), patch: { generation: 99 } }), 2],
    ['an altered time in the first row', rows.with(0, { ...at(0), at: iso(1) }), 2],
    ['a removed row', rows.toSpliced(2, 1), 4],
    ['a removed first row', rows.slice(1), 2],
    ['an inserted row', rows.toSpliced(2, 0, { ...at(1), sequence: 3 }), 3],
    ['two rows in each other’s place', [at(0), at(2), at(1), at(3), at(4)], 3],
  ];
  test.each(tampered)('%s', (_, altered, sequence) => {
    expect(verifyChain(altered)[0]?.sequence).toBe(sequence);
  });

  test('an altered or removed last row, by the digest that the lifecycle carries', () => {
    const altered = rows.with(4, { ...at(4), rules: ['other'] });
    expect(verifyChain(altered)).toEqual([]);
    expect(verifyChain(altered, last.auditDigest)).toMatchObject([{ sequence: 5 }]);
    expect(verifyChain(rows.slice(0, 4), last.auditDigest)).toMatchObject([{ sequence: 4 }]);
    expect(verifyChain([], last.auditDigest)).toHaveLength(1);
    expect(verifyChain([])).toEqual([]);
  });
});

test('many minutes are recorded as their sum', () => {
  const few = minutes(120, () => ({ [OLD]: arm(10, 1) }));
  expect(recordedFacts({ minutes: few }).minutes).toEqual(few);
  const many = recordedFacts({ minutes: minutes(1440, (i): Record<string, ReturnType<typeof arm>> => (i % 2 === 0 ? { [OLD]: arm(10, 1) } : { [NEW]: arm(5) })) }); // prettier-ignore
  expect(many.minutes).toMatchObject({ count: 1440, pooled: { [OLD]: { minutes: 720, requests: 7200, errors: 720 }, [NEW]: { requests: 3600 } } }); // prettier-ignore
});

const breaches = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ signal: `s${i}`, kind: 'drift' as const, run: 'r', at: iso(), features: [], more: 0 })); // prettier-ignore
const runs = (count: number, signals: number) =>
  Array.from({ length: count }, (_, i) => ({ run: `r${i}`, at: iso(-i), ended: true, breaches: breaches(signals) }));
const readMonitor = (count: number, signals: number) =>
  ({ found: 'one', name: 'spam-monitor', runs: runs(count, signals), rootOf: { hint: 'r0' } }) as const;
const pins = (count: number) => Array.from({ length: count }, (_, i) => ({ input: `i${i}`, data: 'd', version: '1' }));

describe('facts of a training', () => {
  test('are recorded as they are while they are few', () => {
    const training = { monitor: readMonitor(10, 3), plan: { pins: pins(2), unpinned: ['x'], onCompute: 0 }, job: 'absent', handedOver: true } as const; // prettier-ignore
    expect(recordedFacts({ training })).toEqual({ training });
    const away = { away: { job: { provider: 'MLflow', reason: 'HTTP 503' } } };
    expect(recordedFacts({ training: away })).toEqual({ training: away });
  });

  test('keep the newest runs, and say how much was left', () => {
    const plan = { pins: pins(12), unpinned: [], championPins: pins(11), onCompute: 0 };
    const { training } = recordedFacts({ training: { monitor: readMonitor(12, 11), plan } });
    expect(training).toMatchObject({ monitor: { rootOf: { hint: 'r0' } }, left: 2 + 10 + 2 + 1 });
    const kept = training && !('unreachable' in training) ? training : {};
    expect([kept.plan?.pins.length, kept.plan?.championPins?.length]).toEqual([10, 10]);
    expect(kept.monitor).toEqual({ ...readMonitor(10, 10), rootOf: { hint: 'r0' } });
  });

  test('keep some of what a job was given', () => {
    const job = { name: 'theirs-1', state: 'completed', template: 't', given: { pins: pins(12), unpinned: ['x'], commit: 'c' } } as const; // prettier-ignore
    expect(recordedFacts({ training: { job } }).training).toEqual({ job: { ...job, given: { ...job.given, pins: pins(10) } }, left: 2 }); // prettier-ignore
  });

  test('stay far below what a row may hold, whatever was read', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `monitor-${i}`);
    const rootOf = Object.fromEntries(names.map((name) => [name, 'r0']));
    const { found: _, ...one } = { ...readMonitor(99, 1000), rootOf };
    const each = { found: 'each', monitors: names.map((name) => ({ ...one, name })) } as const;
    for (const fact of [{ ...readMonitor(99, 1000), rootOf }, { found: 'several', names } as const, each])
      expect(JSON.stringify(recordedFacts({ training: { monitor: fact } })).length).toBeLessThan(20_000);
  });
});
