import { expect, test } from 'vitest';
import type { MeasuredMinute } from '../../../../bench/decisions/method.ts';
import { seedOf } from '../../../../bench/decisions/outcome.ts';
import { randomOf } from '../../../../bench/decisions/random.ts';
import { SCENARIOS, SETS, noiseOf, serviceOf } from '../../../../bench/decisions/scenarios.ts';
import { historyOf, releaseOf } from '../../../../bench/decisions/traffic.ts';

const RELEASES = 40;

function scenarioOf(name: string) {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (!scenario) throw new Error(`no scenario is called ${name}`);
  return scenario;
}

/** The minutes of many releases of a named scenario, with where in the release each was. */
function released(name: string): { minute: number; arms: MeasuredMinute['arms'] }[] {
  const scenario = scenarioOf(name);
  return Array.from({ length: RELEASES }, (_, seed) => {
    const random = randomOf(seed);
    return releaseOf(random, serviceOf('named', scenario, random), scenario).minutes;
  }).flatMap((minutes) => minutes.map(({ arms }, minute) => ({ minute, arms })));
}

const share = ({ requests, errors }: { requests: number; errors: number }) => errors / requests;

function rates(name: string, within = (_minute: number) => true) {
  const sums = { champion: { requests: 0, errors: 0 }, challenger: { requests: 0, errors: 0 } };
  let [pairs, slower, memory] = [0, 0, 0];
  for (const { minute, arms } of released(name)) {
    if (!within(minute)) continue;
    for (const arm of ['champion', 'challenger'] as const) {
      sums[arm].requests += arms[arm]?.requests ?? 0;
      sums[arm].errors += arms[arm]?.errors ?? 0;
    }
    if (arms.champion?.meanLatencyMs === undefined || arms.challenger?.meanLatencyMs === undefined) continue;
    pairs += 1;
    slower += Math.log(arms.challenger.meanLatencyMs / arms.champion.meanLatencyMs);
    memory += (arms.challenger.memoryPercent ?? 0) - (arms.champion.memoryPercent ?? 0);
  }
  return {
    weight: sums.challenger.requests / (sums.challenger.requests + sums.champion.requests),
    champion: share(sums.champion),
    challenger: share(sums.challenger),
    slower: Math.exp(slower / pairs),
    memory: memory / pairs,
  };
}

test('a healthy challenger is as good as its champion, with a tenth of the requests', () => {
  const { weight, champion, challenger, slower, memory } = rates('healthy');
  expect(weight).toBeCloseTo(0.1, 2);
  expect(champion).toBeCloseTo(0.01, 3);
  expect(Math.abs(challenger / 0.01 - 1)).toBeLessThan(0.06);
  expect(slower).toBeCloseTo(1, 2);
  expect(Math.abs(memory)).toBeLessThan(0.15);
});

test.each([
  ['err2x', 2],
  ['err5x', 5],
  ['noisy2x', 2],
  ['hardfail', 50],
])('%s: the challenger has %d times the errors', (name, times) => {
  expect(rates(name).challenger / 0.01 / times).toBeCloseTo(1, 0.9);
  expect(rates(name).champion).toBeCloseTo(0.01, 3);
});

test('lat30 is 30 % slower, warmup twice as slow for three minutes only, leak grows a quarter point a minute', () => {
  expect(rates('lat30').slower).toBeCloseTo(1.3, 1.5);
  expect(rates('warmup', (minute) => minute < 3).slower).toBeCloseTo(2, 1);
  expect(rates('warmup', (minute) => minute >= 3).slower).toBeCloseTo(1, 1.5);
  expect(rates('leak', (minute) => minute >= 50).memory).toBeCloseTo(0.25 * 54.5, 0);
});

test('bluefail is a fault of both, from minute 10 to 30', () => {
  const during = rates('bluefail', (minute) => minute >= 10 && minute < 30);
  expect(during.champion).toBeCloseTo(0.1, 2);
  expect(during.challenger).toBeCloseTo(0.1, 1.5);
  expect(during.slower).toBeCloseTo(1, 1);
  expect(rates('bluefail', (minute) => minute >= 30).champion).toBeCloseTo(0.01, 3);
});

test('what is not measured was answered nevertheless', () => {
  const scenario = scenarioOf('missing');
  const random = randomOf(1);
  const { minutes, exposed } = releaseOf(random, serviceOf('named', scenario, random), scenario);
  const unmeasured = minutes.filter(({ arms }) => arms.challenger === undefined).length;
  expect(unmeasured).toBeGreaterThan(8);
  expect(unmeasured).toBeLessThan(30);
  expect(exposed.every(({ requests }) => requests > 0)).toBe(true);
});

test('a quiet challenger is absent from most minutes, as the platform has it', () => {
  const quiet = released('low_ok');
  const seen = quiet.filter(({ arms }) => arms.challenger !== undefined).length / quiet.length;
  expect(seen).toBeCloseTo(1 - Math.exp(-0.1), 1.5);
});

test('a day of the champion rises and falls by its swing', () => {
  const random = randomOf(2);
  const service = { ...serviceOf('named', scenarioOf('healthy'), random), phase: 0 };
  const day = historyOf(random, service, noiseOf(scenarioOf('healthy')));
  const around = (minute: number) => day.slice(minute - 60, minute + 60).reduce((sum, { arms }) => sum + (arms.champion?.requests ?? 0), 0) / 120; // prettier-ignore
  expect(day).toHaveLength(1440);
  expect(around(360) / 600).toBeCloseTo(1.3, 1.5);
  expect(around(1080) / 600).toBeCloseTo(0.7, 1.5);
});

const inside = ([low = NaN, high = NaN]: number[], least: number, most: number) => low >= least && high <= most;

test('a random service keeps to its ranges', () => {
  const random = randomOf(3);
  const services = Array.from({ length: 500 }, () => serviceOf('random', scenarioOf('healthy'), random));
  const range = (of: (service: (typeof services)[number]) => number) => [Math.min(...services.map(of)), Math.max(...services.map(of))]; // prettier-ignore
  expect(inside(range((s) => s.requestsPerMinute), 1, 6000)).toBe(true);
  expect(inside(range((s) => s.baseError), 0.001, 0.05)).toBe(true);
  expect(inside(range((s) => s.sigma), 0.3, 1)).toBe(true);
  expect(inside(range((s) => s.weight), 0.05, 0.5)).toBe(true);
  expect(services.filter((s) => s.requestsPerMinute < 77).length / 500).toBeCloseTo(0.5, 1);
}); // prettier-ignore

test('no seed is used for two purposes, sets or scenarios', () => {
  const most = 9_999_999;
  const ranges = (['tuning', 'judging'] as const)
    .flatMap((purpose) => SETS.flatMap((set) => [undefined, ...SCENARIOS].map((scenario) => [seedOf(purpose, set, 0, scenario), seedOf(purpose, set, most, scenario)] as const)))
    .toSorted(([a], [b]) => a - b); // prettier-ignore
  expect(ranges.every(([from], i) => i === 0 || from > (ranges[i - 1]?.[1] ?? 0))).toBe(true);
  expect(ranges.at(-1)?.[1]).toBeLessThan(2 ** 32);
});
