import type { Smoke } from '../lifecycle.ts';
import type { SmokeTest } from '../policy/policy.ts';
import type { Stage, StageInput, Step } from '../step.ts';
import { beforeTraffic, elapsedMs, moveTo, step, turnBack, withRelease } from './transitions.ts';

const MAX_ATTEMPTS = 3;
/** Longer than the request's own time limit: an answer that is not here by then got lost with the process. */
const ANSWER_MS = 90_000;
/** A cold container may be slow or still refuse; a model that answers 424 or a wrong status will do so again. */
const MAY_HEAL = new Set([408, 429, 502, 503, 504]);

/** Phase `smokeTesting`: one request straight to the challenger, before any user meets it. */
export const smoke: Stage = {
  needs: () => ({ endpoint: true }),
  decide(input) {
    const { lifecycle, release, policy, now } = input;
    const test = policy.rollout.smokeTest;
    const asked = release.smoke;
    if (!test)
      return step(moveTo(lifecycle, release, beforeTraffic(release, policy), now), {
        rules: ['smoke.none'],
        lookInMs: 0,
      });
    if (!asked) return ask(input, test, 1);
    if (asked.status === undefined) {
      return elapsedMs(asked.askedAt, now) > ANSWER_MS
        ? again(input, test, asked, 'no answer')
        : step(lifecycle, { lookInMs: ANSWER_MS });
    }
    return judge(input, test, asked, asked.status);
  },
};

function judge(input: StageInput, test: SmokeTest, asked: Smoke, status: number): Step {
  const { lifecycle, release, policy, now } = input;
  const slow = test.expect.latencyMs !== undefined && (asked.latencyMs ?? 0) > test.expect.latencyMs;
  if (status === test.expect.status && !slow) {
    return step(moveTo(lifecycle, release, beforeTraffic(release, policy), now), {
      rules: ['smoke.pass'],
      lookInMs: 0,
    });
  }
  const met =
    slow && status === test.expect.status
      ? `answered in ${Math.round(asked.latencyMs ?? 0)} ms, allowed ${test.expect.latencyMs} ms`
      : `answered ${status}, expected ${test.expect.status}`;
  if (slow || MAY_HEAL.has(status)) return again(input, test, asked, met);
  return turnBack(lifecycle, release, now, {
    cause: 'smokeTest',
    sentence: `The smoke test failed: the challenger ${met}.`,
  });
}

function again(input: StageInput, test: SmokeTest, asked: Smoke, met: string): Step {
  if (asked.attempt < MAX_ATTEMPTS) return ask(input, test, asked.attempt + 1);
  const sentence = `The smoke test failed ${MAX_ATTEMPTS} times, at last: ${met}.`;
  return turnBack(input.lifecycle, input.release, input.now, { cause: 'smokeTest', sentence });
}

function ask({ lifecycle, release, now, mayMove }: StageInput, test: SmokeTest, attempt: number): Step {
  if (!mayMove || !release.deployment) return step(lifecycle, { lookInMs: ANSWER_MS });
  const next = withRelease(lifecycle, { ...release, smoke: { attempt, askedAt: now.toISOString() } });
  const action = { do: 'smokeTest', deployment: release.deployment, attempt, request: test.request } as const;
  return step(next, { actions: [action], rules: ['smoke.ask'], lookInMs: ANSWER_MS });
}
