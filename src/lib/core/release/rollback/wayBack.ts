import type { Lifecycle, Split } from '../../lifecycle.ts';
import type { Rollback } from '../state.ts';
import { deploymentName } from '../../names.ts';
import type { DeploymentFact, StageInput, Step } from '../../step.ts';
import { elapsedMs, step, tell, withRelease } from '../transitions.ts';

const MINUTE_MS = 60_000;
/** Deployments take minutes; nothing tells us when they are done. */
const DEPLOY_LOOK_MS = 30_000;

/**
 * Somebody deleted the deployment that traffic should go back to: its version is deployed again, like the one that
 * serves, under a name of its own. People are paged at once, for until it is ready nothing can be taken back. This is the
 * one time that a deployment is made while an unproven version has traffic. Undefined: there is a way back.
 */
export function wayBack(input: StageInput, rollback: Rollback, live: Split): Step | undefined {
  const { lifecycle, release, facts, policy, now } = input;
  const { fallback } = release;
  if (!fallback || !facts.deployments) return undefined;
  const found = facts.deployments.find(({ name }) => name === fallback.deployment);
  const { again } = rollback;
  if (!again) return found || isIncomplete(live, facts.deployments) ? undefined : begin(input, rollback, live);
  if (found?.state === 'ready') return undefined;
  if (again.failed !== undefined) return ask(input, rollback, live, again.failed);
  if (found?.state === 'failed') return fail(input, rollback, live, 'it failed to start; its log says why');
  if (elapsedMs(again.since, now) > policy.rollout.deployDeadlineMs)
    return fail(input, rollback, live, 'it was not ready in time');
  if (found) return step(lifecycle, { rules: ['rollback.deploying'], lookInMs: DEPLOY_LOOK_MS });
  const like = (facts.deployments.find(({ name }) => name === release.deployment) ?? facts.deployments[0])?.name;
  const { createEndpoint: _, ...plan } = policy.rollout.deployment;
  const { version, deployment } = fallback;
  const action = { do: 'createDeployment', deployment, version, plan, again: true, ...(like === undefined ? {} : { like }) } as const; // prettier-ignore
  return step(lifecycle, { actions: [action], rules: ['rollback.deploy'], lookInMs: DEPLOY_LOOK_MS });
}

/** It lacks what serves, so what else it lacks may be there as well: going back is tried. */
function isIncomplete(live: Split, listed: readonly DeploymentFact[]): boolean {
  return Object.keys(live).some((name) => (live[name] ?? 0) > 0 && !listed.some((one) => one.name === name));
}

function begin({ lifecycle, release, policy, now }: StageInput, rollback: Rollback, live: Split): Step {
  const at = now.toISOString();
  const { version = '', deployment: gone = '' } = release.fallback ?? {};
  const deployment = deploymentName(lifecycle, version, release.number);
  const open = { ...rollback, again: { instead: gone, since: at }, alarmedAt: rollback.alarmedAt ?? at };
  const sentence = `Deployment ${gone}, the way back, does not exist any more. Version ${version} is deployed again as ${deployment}, which takes minutes; until it is ready ${policy.serves === 'batch' ? 'the default deployment' : 'live traffic'} stays as it is.`;
  const notice = tell(lifecycle, release, now, 'rollbackNotVerified', 'page', {
    id: `r${release.number}-wayBackGone`, cause: rollback.cause, sentence, reasons: rollback.reasons, live, expected: {}, wayBack: 'deploying',
  }); // prettier-ignore
  const next = withRelease(lifecycle, { ...release, fallback: { version, deployment }, rollback: open });
  return step(next, { notices: [notice], rules: ['rollback.noWayBack'], lookInMs: 0 });
}

function fail(input: StageInput, rollback: Rollback, live: Split, why: string): Step {
  const { again } = rollback;
  if (!again) return step(input.lifecycle);
  return ask(input, { ...rollback, again: { ...again, failed: why } }, live, why);
}

/** Only a person can say what serves now; told once. */
function ask({ lifecycle, release, policy, now }: StageInput, rollback: Rollback, live: Split, why: string): Step {
  const { version, deployment } = release.fallback ?? {};
  const before = lifecycle.conditions.held;
  const make = policy.serves === 'batch' ? 'Make one deployment of this model the default' : 'Give one deployment of this model all traffic'; // prettier-ignore
  const reason = `Version ${version} could not be deployed again as ${deployment}: ${why}. ${make}, then send adopt.`;
  const held = { since: before?.since ?? now.toISOString(), reason, live };
  const notice = tell(lifecycle, release, now, 'rollbackNotVerified', 'page', {
    id: `r${release.number}-noWayBack`, cause: rollback.cause, sentence: reason, reasons: rollback.reasons, live, expected: {}, wayBack: 'failed',
  }); // prettier-ignore
  const { restoredAt: _, ...open } = rollback;
  const next: Lifecycle = withRelease({ ...lifecycle, conditions: { ...lifecycle.conditions, held } }, { ...release, rollback: open }); // prettier-ignore
  const told = before?.reason === reason;
  return step(next, { notices: told ? [] : [notice], rules: ['rollback.asks'], lookInMs: MINUTE_MS });
}
