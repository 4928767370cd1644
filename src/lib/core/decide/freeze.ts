import type { Known } from '../decide.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Release } from '../release/state.ts';
import { frozenUntil } from '../policy/calendar.ts';
import { restartClock, turnBack } from '../release/transitions.ts';
import type { Step } from '../step.ts';

type Situation = Pick<Known, 'policy' | 'estate' | 'now'>;

const HAS_DEPLOYMENT: ReadonlySet<Release['phase']> = new Set([
  'deploying',
  'smokeTesting',
  'shadowing',
  'shifting',
  'watching',
]);

function closed({ policy: { freeze: rule }, estate, now }: Situation): Date | undefined {
  return rule && frozenUntil(rule, estate.calendars, now);
}

/**
 * A closed calendar is a pause that nobody has to end: what waits begins no release, and what is under way goes no further
 * unless the policy lets it finish. It is judged, and taken back, all the same. A person's own pause stands beside it.
 */
export function freeze(situation: Situation, lifecycle: Lifecycle): Lifecycle {
  const { paused, ...conditions } = lifecycle.conditions;
  if (paused && paused.calendar === undefined) return lifecycle;
  const rule = situation.policy.freeze;
  const { release } = lifecycle;
  const concerned = release ? !release.breakGlass && rule?.inFlight !== 'finish' : lifecycle.waiting ?? lifecycle.retiring[0];
  const until = concerned && !lifecycle.breakingGlass ? closed(situation) : undefined;
  if (until && rule) {
    const since = paused?.since ?? situation.now.toISOString();
    const held = { since, actor: `calendar ${rule.calendar}`, reason: 'The calendar is closed.', calendar: rule.calendar, until: until.toISOString() };
    return { ...lifecycle, conditions: { ...conditions, paused: held } };
  }
  return paused ? restartClock({ ...lifecycle, conditions }, situation.now) : lifecycle;
} // prettier-ignore

/** Where the policy says so, a release that has got as far as a deployment is taken back before the freeze. */
export function takenBack(situation: Situation, lifecycle: Lifecycle, release: Release): Step | undefined {
  const rule = situation.policy.freeze;
  if (release.breakGlass || rule?.inFlight !== 'rollback' || !HAS_DEPLOYMENT.has(release.phase) || !closed(situation))
    return undefined;
  return turnBack(lifecycle, release, situation.now, {
    cause: 'freeze',
    sentence: `The calendar ${rule.calendar} is closed, and the policy takes back what is under way then.`,
  });
}
