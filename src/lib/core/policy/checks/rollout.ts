import type { AnswerExpectation, CanaryPolicy, EnvironmentPolicy, RolloutPolicy } from '../policy.ts';
import { formatDuration } from '../units.ts';
import type { Doubt } from './catalogue.ts';

const MINUTE_MS = 60_000;
/** Latency is judged from a stretch's third minute on, and by seven of them at least. */
const JUDGED_AFTER_MS = 9 * MINUTE_MS;
/** Longest answer that the service waits for. */
const LONGEST_REQUEST_MS = 180_000;
/** Making a deployment usually takes this long. */
const USUAL_DEPLOYMENT_MS = 10 * MINUTE_MS;
/** How late rows of the traffic log may well be; how late they are at most nobody says. */
const LATE_LOG_MS = 10 * MINUTE_MS;
/** More than most endpoints are ever asked. */
const MANY_A_MINUTE = 1000;
const LAX_NEGLIGIBLE = 0.05;
const LAX_ERRORS = 10;
const LAX_LATENCY_PERCENT = 200;
const LAX_SHARE = 0.5;
/** The upper end of what 20,000 copies without one changed answer show, whatever the risk. */
const TIGHT_SHARE = 0.0005;

type Found = Omit<Doubt, 'section'>;
const doubt = (check: Doubt['check'], keys: readonly PropertyKey[], message: string): Found => ({
  check,
  keys,
  message,
});

/** A rollout that sees nothing, decides nothing, or takes nothing back. */
export function rolloutDoubts({ rollout, serves }: EnvironmentPolicy): Doubt[] {
  if (serves === 'batch') return waysBack(rollout).map((found) => ({ section: 'batch', ...found }));
  const found = [
    ...blindDoubts(rollout),
    ...undecidedDoubts(rollout),
    ...answersDoubts(rollout),
    ...canaryDoubts(rollout.canary),
    ...limitDoubts(rollout),
    ...requestDoubts(rollout),
    ...smokeDoubts(rollout),
    ...waysBack(rollout),
  ];
  return found.map((one) => ({ section: 'rollout', ...one }));
}

function blindDoubts({ stepsPercent, bakeMs, watchMs, shadow, canary: { settleMs, traffic } }: RolloutPolicy): Found[] {
  const old = `they are judged when ${formatDuration(settleMs)} old (canary.settle)`;
  const blind = (what: string, ms: number) => `a ${what} of ${formatDuration(ms)} sees no metric: ${old}`;
  return [
    ...(shadow && shadow.forMs <= settleMs ? [doubt('shadowSeesNothing', ['shadow', 'for'], blind('shadow', shadow.forMs))] : []),
    ...(stepsPercent.length > 1 && bakeMs <= settleMs ? [doubt('bakeSeesNothing', ['bake'], blind('bake', bakeMs))] : []),
    ...(watchMs <= settleMs ? [doubt('watchSeesNothing', ['watch'], blind('watch', watchMs))] : []),
    ...(settleMs === 0 ? [doubt('settleZero', ['canary', 'settle'], 'minutes are judged that the platform still counts: what comes late is never seen')] : []),
    ...(traffic === 'log' && settleMs > 0 && settleMs < LATE_LOG_MS ? [doubt('logSettlesEarly', ['canary', 'settle'], `rows of the traffic log come minutes after their requests: what is not there after ${formatDuration(settleMs)} is never seen`)] : []),
  ];
} // prettier-ignore

/** With `onInconclusive: rollback` what cannot be decided by the end of a shadow is taken back, however good it is. A step has the time that it needs. */
function undecidedDoubts({ stepsPercent, bakeMs, shadow, deadlineMs, onInconclusive, canary: { settleMs } }: RolloutPolicy): Found[] {
  const steps = stepsPercent.length - 1;
  const ms = onInconclusive === 'rollback' ? shadow?.forMs : undefined;
  const over = `when a shadow of ${formatDuration(ms ?? 0)} is over`;
  const found = ms === undefined || ms >= settleMs + JUDGED_AFTER_MS ? []
    : ms <= settleMs ? [doubt('alwaysRolledBack', ['onInconclusive'], `${over} no metric is ${formatDuration(settleMs)} old (canary.settle), so every release is undecided and rolled back`)]
    : [doubt('shadowTooShortToDecide', ['onInconclusive'], `${over} latency is mostly undecided, and then rolled back: it takes ${formatDuration(settleMs + JUDGED_AFTER_MS)} (canary.settle and nine minutes)`)];
  const needed = steps * bakeMs + settleMs;
  if (steps > 0 && deadlineMs <= needed)
    found.push(doubt('deadlineTight', ['deadline'], `the bakes of all steps and one canary.settle take ${formatDuration(needed)}: what is not decided at once is rolled back`));
  return found;
} // prettier-ignore

function answersDoubts({ shadow }: RolloutPolicy): Found[] {
  const { maxFlips } = shadow?.answers ?? {};
  const at = ['shadow', 'answers', 'maxFlips'];
  return [
    ...(maxFlips !== undefined && maxFlips >= LAX_SHARE ? [doubt('flipsLax', at, 'half of all answers and more may change: hardly any version is ever rolled back for them')] : []),
    ...(maxFlips !== undefined && maxFlips <= TIGHT_SHARE ? [doubt('flipsTight', at, 'no more copies are read than show that fewer than 0.05 % change, however many are the same: every release would be rolled back')] : []),
  ];
} // prettier-ignore

function canaryDoubts({ errors, latencyPercent, maxFalseRollback, negligible }: CanaryPolicy): Found[] {
  return [
    ...(negligible >= LAX_NEGLIGIBLE ? [doubt('negligibleLax', ['canary', 'negligible'], `a version of which one in ${Math.round(1 / negligible)} requests fails passes, whatever the champion does`)] : []),
    ...(errors >= LAX_ERRORS ? [doubt('errorsLax', ['canary', 'errors'], `a version that fails ${errors} times as often as the champion is only just too bad: hardly any is ever rolled back for its errors`)] : []),
    ...(latencyPercent >= LAX_LATENCY_PERCENT ? [doubt('latencyLax', ['canary', 'latency'], `a version that takes ${1 + latencyPercent / 100} times as long as the champion is only just too slow: hardly any is ever rolled back for its latency`)] : []),
    ...(maxFalseRollback > 0.1 ? [doubt('falseRollbacksMany', ['canary', 'maxFalseRollback'], `of ten releases as good as their champion one or more is rolled back by chance`)] : []),
    ...(maxFalseRollback < 0.001 ? [doubt('falseRollbacksTooFew', ['canary', 'maxFalseRollback'], 'so sure that a bad version is rolled back late, or at low traffic never')] : []),
  ];
} // prettier-ignore

function limitDoubts({ deployment, canary: { limits } }: RolloutPolicy): Found[] {
  const { errorRate, latencyMs } = limits;
  const longest = deployment.requestTimeoutMs ?? LONGEST_REQUEST_MS;
  return [
    ...(errorRate !== undefined && errorRate >= 1 ? [doubt('limitCannotTrip', ['canary', 'limits', 'errorRate'], 'no more than all requests can fail')] : []),
    ...(errorRate !== undefined && errorRate >= LAX_SHARE && errorRate < 1 ? [doubt('limitLax', ['canary', 'limits', 'errorRate'], 'half of all requests must fail before it trips')] : []),
    ...(latencyMs !== undefined && latencyMs >= longest ? [doubt('limitCannotTrip', ['canary', 'limits', 'latency'], `no request takes longer than ${formatDuration(longest)} (${deployment.requestTimeoutMs === undefined ? 'the most that the service allows' : 'deployment.requestTimeout'})`)] : []),
  ];
} // prettier-ignore

/** How many requests a minute the endpoint must have, so that the smallest step gets enough of them in its time. */
function requestDoubts({ stepsPercent, deadlineMs, canary: { minRequests } }: RolloutPolicy): Found[] {
  const [first = 100] = stepsPercent;
  const steps = stepsPercent.length - 1;
  const timeMs = deadlineMs / Math.max(1, steps);
  const aMinute = Math.ceil(minRequests / ((first / 100) * (timeMs / MINUTE_MS)));
  if (steps === 0 || timeMs === 0 || aMinute <= MANY_A_MINUTE) return [];
  const message = `${first}% of the traffic brings ${minRequests} requests (canary.minRequests) in ${formatDuration(Math.round(timeMs / MINUTE_MS) * MINUTE_MS)} only where there are ${aMinute.toLocaleString('en-US')} a minute: with fewer the step is never decided`;
  return [doubt('stepTooSmall', ['steps', 0], message)];
} // prettier-ignore

function smokeDoubts({ smokeTest, deployment }: RolloutPolicy): Found[] {
  if (smokeTest === undefined) return [];
  const longest = deployment.requestTimeoutMs ?? LONGEST_REQUEST_MS;
  const all: readonly { readonly expect: AnswerExpectation; readonly at: readonly PropertyKey[] }[] = [
    { expect: smokeTest.expect, at: ['smokeTest', 'expect'] },
    ...smokeTest.also.map(({ expect }, index) => ({ expect, at: ['smokeTest', 'also', index, 'expect'] })),
  ];
  return all.flatMap(({ expect: { status, latencyMs }, at }) => [
    ...(status >= 500 || status === 424 || status === 408 ? [doubt('smokeTestWantsError', [...at, 'status'], `${status} is a failure of the version: only one that fails passes`)] : []),
    ...(latencyMs !== undefined && latencyMs >= longest ? [doubt('smokeTestCannotBeLate', [...at, 'latency'], `no answer takes longer than ${formatDuration(longest)}: none is ever too late`)] : []),
  ]);
} // prettier-ignore

function waysBack({ update, keepPreviousMs, deployDeadlineMs }: RolloutPolicy): Found[] {
  return [
    ...(keepPreviousMs === 0 && update === 'beside' ? [doubt('noWayBack', ['keepPrevious'], 'the deployment before is deleted when the watch ends: rollback cannot go back any more')] : []),
    ...(deployDeadlineMs < USUAL_DEPLOYMENT_MS ? [doubt('deployDeadlineShort', ['deployDeadline'], `a deployment usually takes ten minutes and more: most would be given up`)] : []),
  ];
} // prettier-ignore
