import { expect, test } from 'vitest';
import { reasonSentence } from '../../../../src/lib/core/message/reason.ts';
import type { Reason } from '../../../../src/lib/core/verdict.ts';
import { moreErrors, slower, worseAccuracy } from './notices.ts';

const arms = { version: '7', champion: '6' };
const { note: _, ...accuracy } = worseAccuracy;
const plainAuc = { what: 'auc', unit: 'plain', challenger: 0.80345, samples: 20_000 } as const;

const table: readonly (readonly [Reason, string])[] = [
  [moreErrors, 'In 6 minutes v7 failed 13 of 300 requests (4.3 %), v6 24 of 2,700 (0.9 %): 4.9 times as often, allowed less than 2 times.'],
  [slower, 'In 6 minutes v7 took 61 ms on average, v6 58 ms: 1.1 times as long, allowed 1.3 times.'],
  [{ ...slower, measured: 1.25 }, 'In 6 minutes v7 took 61 ms on average, v6 58 ms: 1.25 times as long, allowed 1.3 times.'],
  [{ ...slower, verdict: 'fail', measured: 1.3004 }, 'In 6 minutes v7 took 61 ms on average, v6 58 ms: 1.3004 times as long, allowed 1.3 times.'],
  [{ ...slower, measured: 1.3 }, 'In 6 minutes v7 took 61 ms on average, v6 58 ms: 1.3 times as long, allowed 1.3 times.'],
  [{ ...moreErrors, verdict: 'pass', measured: 1.96 }, 'In 6 minutes v7 failed 13 of 300 requests (4.3 %), v6 24 of 2,700 (0.9 %): 1.96 times as often, allowed less than 2 times.'],
  [{ rule: 'canary.errors', verdict: 'inconclusive', what: 'errors', unit: 'fraction', challenger: 0, champion: 0, limit: 2, judged: 'ratio', samples: 40, championSamples: 400, note: 'fewer than 100 requests reached the challenger' },
    'v7 failed 0 of 40 requests (0 %), v6 0 of 400 (0 %): allowed less than 2 times (fewer than 100 requests reached the challenger).'],
  [{ rule: 'canary.errorLimit', verdict: 'fail', what: 'errors', unit: 'fraction', challenger: 0.04, measured: 0.04, limit: 0.03, samples: 1000 },
    'v7 failed 40 of 1,000 requests (4 %): allowed at most 3 %.'],
  [{ rule: 'canary.latencyLimit', verdict: 'fail', what: 'latency', unit: 'ms', challenger: 1234.5, measured: 1234.5, limit: 300, samples: 1000 },
    'v7 took 1,235 ms on average: allowed at most 300 ms.'],
  [accuracy, 'accuracy of v7 is 70.9 %, of v6 98.2 % on the same 1,000 rows: difference -27.3 points (90 % interval: -30.3 to -24.3), required more than 0.'],
  [{ ...accuracy, verdict: 'inconclusive', measured: 0.002, limit: 0.002, interval: { low: -0.001, high: 0.005, confidence: 0.9 } },
    'accuracy of v7 is 70.9 %, of v6 98.2 % on the same 1,000 rows: difference +0.2 points (90 % interval: -0.1 to +0.5), required all of the interval on one side of +0.2 points.'],
  [{ ...accuracy, what: 'errorRate', verdict: 'pass', measured: -0.02, limit: 0 }, 'errorRate of v7 is 70.9 %, of v6 98.2 % on the same 1,000 rows: difference -2 points (90 % interval: -30.3 to -24.3), required less than 0.'],
  [{ ...accuracy, note: "each on the same 1000 rows, not paired: Newcombe's score interval for independent shares" },
    "accuracy of v7 is 70.9 %, of v6 98.2 % on the same 1,000 rows: difference -27.3 points (90 % interval: -30.3 to -24.3), required more than 0 (each on the same 1000 rows, not paired: Newcombe's score interval for independent shares)."],
  [{ ...plainAuc, champion: 0.81, rule: 'gate.slice', verdict: 'fail', what: 'auc where region is south', measured: -0.00655, limit: 0 }, 'auc where region is south of v7 is 0.8035, of v6 0.81 on the same 20,000 rows: difference -0.00655.'],
  [{ ...plainAuc, champion: 0.06, challenger: 0.04, rule: 'gate.slices', verdict: 'fail', what: 'largest gap between slices in auc', measured: 0.04, limit: 0.03 }, 'largest gap between slices in auc of v7 is 0.04, of v6 0.06 on the same 20,000 rows: allowed at most 0.03.'],
  [{ ...plainAuc, rule: 'gate.min', verdict: 'pass', measured: 0.80345, limit: 0.78 }, 'auc of v7 is 0.8035 on 20,000 rows: required at least 0.78.'],
  [{ ...plainAuc, rule: 'gate.max', verdict: 'fail', measured: 0.80345, limit: 0.5 }, 'auc of v7 is 0.8035 on 20,000 rows: allowed at most 0.5.'],
  [{ rule: 'gate.evidence', verdict: 'error', what: 'evidence', unit: 'plain', note: 'predictions are missing.' }, 'evidence: predictions are missing.'],
  [{ rule: 'some.newRule', verdict: 'fail', what: 'rows', unit: 'count', challenger: 12_345, measured: 12_345, limit: 20_000 }, 'rows of v7 is 12,345: measured 12,345, limit 20,000.'],
]; // prettier-ignore

test.each(table)('%o', (reason, sentence) => {
  expect(reasonSentence(reason, arms)).toBe(sentence);
});

test('a rate that is small but not nothing does not become nothing', () => {
  const rare: Reason = { ...moreErrors, challenger: 0.0004, samples: 50_000 };
  expect(reasonSentence(rare, arms)).toContain('20 of 50,000 requests (0.04 %)');
});

test('without versions it speaks of challenger and champion', () => {
  expect(reasonSentence(slower, {})).toContain('the challenger took 61 ms on average, the champion 58 ms');
});
