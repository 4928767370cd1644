import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import { endTraining } from '../../../../src/lib/core/training/memory.ts';
import { shortened, withoutFeatures } from '../../../../src/lib/core/training/shorten.ts';
import type { Cause } from '../../../../src/lib/core/training/state.ts';
import { after, iso, served, shifting } from '../given.ts';
import { breach, cause, found, monitor, requested, run, training, TRAINED, trainPass } from './given.ts';

/** What storage refuses. */
const REFUSED_CHARS = 24 * 1024;

/** A finding over this many signals, three features each, with names as long as names get. */
function finding(index: number, signals: number): Cause {
  const features = ['annual_income_before_tax', 'months_since_last_contact', 'region_of_first_residence'].map((feature) => ({
    feature, metric: 'NormalizedWassersteinDistance', value: 0.412345678901234, threshold: 0.1, group: 'all_customers_of_this_year',
  })); // prettier-ignore
  const breaches = Array.from({ length: signals }, (_, i) => breach({ signal: `credit_risk_prod_data_drift_${i}`, features, more: 12, run: `credit-risk-monitor-20260302T1000${index}` })); // prettier-ignore
  return found(`credit-risk-monitor-20260302T1000${index}`, index, breaches);
}

/** A canary under way for a version of a training, another training and the next request, all with as many causes as are kept. */
function fullest(signals: number): Lifecycle {
  const causes = [0, 1, 2, 3, 4, 5].map((index) => finding(index, signals));
  let row: Lifecycle & { training: NonNullable<Lifecycle['training']> } = training({ causes });
  for (const number of [1, 2, 3]) {
    const ended = endTraining(row, { ...row.training, number }, { end: 'succeeded', cause: 'registered', sentence: 'x'.repeat(200) }, after(0)); // prettier-ignore
    row = { ...row, trained: ended.lifecycle.trained ?? TRAINED };
  }
  const outside = [1, 2, 3, 4, 5].map((index) => ({ run: String(index).repeat(256), since: iso() }));
  const { release } = shifting({ origin: { job: 'stw-2', training: 2, causes: causes.slice(0, 3), more: 3 } });
  // As they are handed over: three, without features.
  const origin = { job: 'stw-1', training: 1, causes: causes.slice(0, 3).map(withoutFeatures), more: 3 };
  const handed = { from: 'dev', release: 4, version: '12', workspace: '/subscriptions/s', origin };
  const onTheWay = {
    sending: { ...handed, to: ['test', 'prod'] },
    arriving: { ...handed, since: iso() },
    arrived: { ...handed, as: '12' },
  };
  return {
    ...row,
    ...onTheWay,
    release,
    request: requested(causes),
    trained: { ...(row.trained ?? TRAINED), outside },
  };
}

const chars = (row: Lifecycle) => JSON.stringify(row).length;

type Holds = { readonly causes?: readonly Cause[] } | undefined;

function names(holds: Holds): string[] {
  return (holds?.causes ?? []).map(({ id, at }) => `${id} ${at}`);
}

/** Of each breach: how many features are kept, and how many are only counted. */
function features(holds: Holds): number[][][] {
  return (holds?.causes ?? []).map((each) =>
    each.kind === 'monitor' ? each.breaches.map((over) => [over.features.length, over.more]) : [],
  );
}

describe('a row', () => {
  test('that is short stays as it is', () => {
    const row = { ...training(), request: requested([finding(1, 1), cause()]) };
    expect(shortened(row)).toBe(row);
  });

  test.each([1, 2, 3, 4])('that is as full as it gets fits, with findings of %d signals', (signals) => {
    const row = fullest(signals);
    const kept = shortened(row);
    expect(chars(kept)).toBeLessThan(0.75 * REFUSED_CHARS);
    expect(shortened(kept)).toEqual(kept);
    // No cause is forgotten.
    expect([names(kept.request), names(kept.training)]).toEqual([names(row.request), names(row.training)]);
    expect(kept.trained?.ended.map(names)).toEqual(row.trained?.ended.map(names));
  });

  test('would have been refused', () => {
    expect(chars(fullest(2))).toBeGreaterThan(REFUSED_CHARS);
  });

  test('loses what lies back first, and counts what is left out', () => {
    const kept = shortened(fullest(1));
    expect(features(kept.trained?.ended[0])).toEqual([[[0, 15]], [[0, 15]], [[0, 15]]]);
    expect(features(kept.request)[0]).toEqual([[3, 12]]);
  });
});

test('a run with any number of signals is a cause that fits into one mail with five others', () => {
  const long = breach({ features: [{ feature: 'x'.repeat(1000), metric: 'm' }] });
  const row = served({ trained: { ...TRAINED, hints: ['root-1'] } });
  const { next } = trainPass(row, { monitor: monitor([run('root-1', 0, Array.from({ length: 30 }, () => long))], ['root-1']) }); // prettier-ignore
  expect(JSON.stringify(next.request).length * 6).toBeLessThan(32 * 1024);
});
