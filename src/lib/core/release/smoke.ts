import type { Smoke } from './state.ts';
import type { SmokeTest } from '../policy/policy.ts';
import { requestsOf, whatIsWrong } from '../smoke/answer.ts';
import type { Stage, StageInput, Step } from '../step.ts';
import { beforeTraffic, elapsedMs, moveTo, step, turnBack, withRelease } from './transitions.ts';

const MAX_ATTEMPTS = 3;
/** Each request has a time limit of its own of 30 s. */
const REQUEST_MS = 30_000;
/** What is not answered by then, after the requests had their time, got lost with the process. */
const GRACE_MS = 60_000;

/** Phase `smokeTesting`: requests straight to the challenger, before any user meets it. */
export const smoke: Stage = {
  needs: () => ({ endpoint: true }),
  decide(input) {
    const { lifecycle, release, policy, now } = input;
    const test = policy.rollout.smokeTest;
    const asked = release.smoke;
    if (!test) return passed(input, 'smoke.none');
    if (!asked) return ask(input, test, 1);
    if (asked.status === undefined) {
      return elapsedMs(asked.askedAt, now) > waitMs(test)
        ? again(input, test, asked, 'no answer')
        : step(lifecycle, { lookInMs: waitMs(test) });
    }
    return judge(input, test, asked, asked.status);
  },
};

function waitMs(test: SmokeTest): number {
  return REQUEST_MS * requestsOf(test).length + GRACE_MS;
}

function passed({ lifecycle, release, policy, now }: StageInput, rule: string): Step {
  return step(moveTo(lifecycle, release, beforeTraffic(release, policy), now), { rules: [rule], lookInMs: 0 });
}

function judge(input: StageInput, test: SmokeTest, asked: Smoke, status: number): Step {
  const { lifecycle, release, now } = input;
  const { which = 0, latencyMs = 0, faults = [] } = asked;
  const requests = requestsOf(test);
  const wrong = whatIsWrong(requests[which] ?? test, { status, latencyMs, faults });
  if (!wrong) return passed(input, 'smoke.pass');
  const met = requests.length === 1 ? wrong.met : `${wrong.met} (request ${which + 1} of ${requests.length})`;
  if (wrong.mayHeal) return again(input, test, asked, met);
  return turnBack(lifecycle, release, now, { cause: 'smokeTest', sentence: `The smoke test failed: the challenger ${met}.` }); // prettier-ignore
}

function again(input: StageInput, test: SmokeTest, asked: Smoke, met: string): Step {
  if (asked.attempt < MAX_ATTEMPTS) return ask(input, test, asked.attempt + 1);
  const sentence = `The smoke test failed ${MAX_ATTEMPTS} times, at last: ${met}.`;
  return turnBack(input.lifecycle, input.release, input.now, { cause: 'smokeTest', sentence });
}

function ask({ lifecycle, release, now, mayMove }: StageInput, test: SmokeTest, attempt: number): Step {
  if (!mayMove || !release.deployment) return step(lifecycle, { lookInMs: waitMs(test) });
  const next = withRelease(lifecycle, { ...release, smoke: { attempt, askedAt: now.toISOString() } });
  const action = { do: 'smokeTest', deployment: release.deployment, attempt } as const;
  return step(next, { actions: [action], rules: ['smoke.ask'], lookInMs: waitMs(test) });
}
