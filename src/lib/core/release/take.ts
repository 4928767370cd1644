import { routingOf, type EndpointFact, type StageInput, type Step } from '../step.ts';
import type { Split } from '../lifecycle.ts';
import { desire, writing } from './traffic.ts';
import { elapsedMs, settleExposure, step, turnBack, withRelease } from './transitions.ts';

/** A change shows within seconds; asked again soon, for safety hangs on it. */
const READ_BACK_MS = 10_000;

/**
 * The challenger gets what is desired. No way back, no step: both deployments must be ready when it does. `stay`: what to
 * do where it has to wait.
 */
export function take(
  input: StageInput,
  endpoint: EndpointFact,
  desired: Split,
  { rule, stay }: { readonly rule: string; readonly stay: (rule: string) => Step },
): Step {
  const { lifecycle, release, now } = input;
  const hindered = hindrance(input, endpoint);
  if (hindered !== undefined) return typeof hindered === 'string' ? stay(hindered) : turnBack(lifecycle, release, now, hindered); // prettier-ignore
  const { stepVerifiedAt: _, ...rest } = settleExposure(release);
  const at = now.toISOString();
  // An endpoint without traffic has no split of ours yet: until our write shows, what is live counts as verified.
  const traffic = lifecycle.traffic ?? { desired: endpoint.traffic, generation: lifecycle.generation, verified: { ...routingOf(endpoint), at } }; // prettier-ignore
  const moved = desire(
    withRelease({ ...lifecycle, traffic }, { ...rest, exposedSince: release.exposedSince ?? at }),
    desired,
  );
  return step(moved, {
    actions: moved.traffic ? [writing(endpoint, moved.traffic)] : [],
    rules: [rule],
    lookInMs: READ_BACK_MS,
  });
}

type Why = Parameters<typeof turnBack>[3];

/** The rule by which it has to wait, or why it has to turn back. */
function hindrance({ lifecycle, release, facts, policy, now, mayMove }: StageInput, endpoint: EndpointFact): string | Why | undefined {
  if (!mayMove) return 'shift.mayNotMove';
  // An endpoint that had no champion when the release began, and somebody gave it one meanwhile.
  if (!lifecycle.traffic && Object.values(endpoint.traffic).some((percent) => percent > 0)) {
    const sentence = policy.serves === 'batch'
      ? 'The endpoint had no default deployment when the release began, and somebody else gave it one.'
      : 'The endpoint had no traffic when the release began, and somebody else gave it some.';
    return { cause: 'foreign', sentence };
  }
  const ready = (name: string | undefined) =>
    name === undefined ||
    facts.deployments?.some((deployment) => deployment.name === name && deployment.state === 'ready') === true;
  if (!ready(release.deployment)) return { cause: 'deploymentLost', sentence: `Deployment ${release.deployment} is no longer ready.` };
  if (ready(release.fallback?.deployment)) return undefined;
  if (elapsedMs(release.exposedSince ?? release.phaseSince, now) <= policy.rollout.deadlineMs) return 'shift.noWayBack';
  return { cause: 'deadline', sentence: `Deployment ${release.fallback?.deployment}, the way back, was not ready in time.` };
} // prettier-ignore
