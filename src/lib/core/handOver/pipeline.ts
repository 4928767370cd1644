import type { Lifecycle } from '../lifecycle.ts';
import { broughtId } from '../names.ts';
import type { Notice } from '../notice.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { step } from '../release/transitions.ts';
import type { Step } from '../step.ts';
import type { Arriving } from './state.ts';

const LOOK_MS = 60_000;

type Numbered = Arriving & Required<Pick<Arriving, 'as'>>;

/**
 * A pipeline of the team's own brings the version, where files cannot or may not go through the app (a registry, a wall
 * between networks). It is asked once for each number, and awaited: what counts is a version of that number here which
 * carries our tag. Until then this is trouble like any other, told after an hour and given up after a day.
 */
export function askPipeline(
  lifecycle: Lifecycle,
  arriving: Numbered,
  { bring: pipeline = '', workspace }: EnvironmentPolicy,
  now: Date,
): Step {
  const { as, askedAs, trouble } = arriving;
  const sentence = `${pipeline} was asked to register it here as version ${as}, and has not done so yet.`;
  const since = trouble?.since ?? now.toISOString();
  // It does not change from look to look: a day of waiting is no day of audit rows.
  const waiting = { sentence, since, notBefore: since };
  const next = { ...lifecycle, arriving: { ...arriving, askedAs: as, trouble: waiting } };
  if (askedAs === as) return step(next, { rules: ['handOver.awaited'], lookInMs: LOOK_MS });
  return step(next, {
    notices: [asked(lifecycle, arriving, workspace, now)],
    rules: [`handOver.asked ${as}`],
    lookInMs: LOOK_MS,
  });
}

function asked(lifecycle: Lifecycle, arriving: Numbered, workspace: string, now: Date): Notice {
  const { environment, model, champion } = lifecycle;
  const { from, release, version, workspace: source, origin, artifact, as } = arriving;
  return {
    id: `bring-${from}-${release}-${version}-as-${as}`, kind: 'bringAsked', audience: 'decide', environment, model, at: now.toISOString(), reasons: [], cause: from, version,
    origin: { ...origin, from: { environment: from, version } }, ...(champion ? { champion: champion.version } : {}),
    bring: { from: source, to: workspace, as, stewardId: broughtId(lifecycle, from, version), ...(artifact === undefined ? {} : { artifact }) },
  };
} // prettier-ignore
