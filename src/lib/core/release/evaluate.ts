import { evaluationJobName } from '../names.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Artifact, Evaluation, Release } from './state.ts';
import type { EvaluationPolicy } from '../policy/policy.ts';
import type { Action, Stage, StageInput, Step } from '../step.ts';
import { elapsedMs, endRelease, letOut, moveTo, step, withRelease } from './transitions.ts';

/** The end of the job arrives as an event; this is for the one that got lost. */
const JOB_LOOK_MS = 60_000;
/** Files that cannot be listed may be a role that is still to be granted: for so long it is tried again. */
const VERIFY_MS = 15 * 60_000;

/**
 * Phase `evaluating`: champion and challenger are measured on the same pinned data by a job of the team's own, or by
 * their trainings. What the challenger is, is noted before anything is measured of it.
 */
export const evaluate: Stage = {
  needs(_lifecycle, release, { evaluation }) {
    if (release.breakGlass) return { artifact: release.version };
    if (release.evaluation) return release.evaluation.job === undefined ? {} : { job: release.evaluation.job };
    if (!evaluation) return {};
    return { evaluationPlan: { ...sourceOf(evaluation), data: evaluation.data }, artifact: release.version };
  },
  decide(input) {
    const { release } = input;
    if (release.breakGlass) return admit(input);
    return release.evaluation ? follow(input, release.evaluation) : begin(input);
  },
};

function sourceOf({ from }: EvaluationPolicy): { readonly template?: string; readonly component?: string } {
  switch (from.kind) {
    case 'job':
      return { template: from.job };
    case 'component':
      return { component: from.component };
    case 'training':
      return {};
  }
}

function begin(input: StageInput): Step {
  const { lifecycle, facts, policy, now, mayMove } = input;
  const { evaluationPlan: plan, artifact } = facts;
  if (!mayMove || !plan || !policy.evaluation) return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  const { from, data } = policy.evaluation;
  if (from.kind !== 'training' && !plan.template) return reject(input, 'noTemplate', noTemplate(from));
  if (!plan.dataVersion) return reject(input, 'noData', `The data asset ${data} has no version.`);
  if (!artifact) return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  const unverified = notVerifiable(input, artifact);
  if (unverified) return unverified;
  const release: Release = { ...input.release, artifact };
  const pinned = { data, dataVersion: plan.dataVersion, submittedAt: now.toISOString() };
  if (from.kind === 'training' || !plan.template) {
    const judged = moveTo(lifecycle, { ...release, evaluation: pinned }, 'gating', now);
    return step(judged, { rules: ['evaluate.fromTraining'], lookInMs: 0 });
  }
  const number = lifecycle.counters.evaluation + 1;
  const job = evaluationJobName(lifecycle, number, 1);
  const evaluation: Evaluation = {
    job, template: plan.template, ...(from.kind === 'component' && { compute: from.compute }), ...pinned,
  }; // prettier-ignore
  const counted: Lifecycle = { ...lifecycle, counters: { ...lifecycle.counters, evaluation: number } };
  const next = withRelease(counted, { ...release, evaluation });
  return step(next, { actions: submit(release, evaluation), rules: ['evaluate.submit'], lookInMs: JOB_LOOK_MS });
}

/** By break-glass nothing is measured; what is let out is noted, and must be what is deployed. */
function admit(input: StageInput): Step {
  const { lifecycle, release, facts, policy, now, mayMove } = input;
  const { artifact } = facts;
  if (!mayMove || !artifact) return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  const unverified = notVerifiable(input, artifact);
  if (unverified) return unverified;
  return letOut(lifecycle, { ...release, artifact }, policy, now, 'evaluate.breakGlass');
}

function notVerifiable(input: StageInput, artifact: Artifact): Step | undefined {
  const { lifecycle, release, policy, now } = input;
  if (artifact.verifiable || policy.evaluation?.artifact !== 'verify') return undefined;
  if (elapsedMs(release.phaseSince, now) < VERIFY_MS)
    return step(lifecycle, { rules: ['evaluate.notVerifiable'], lookInMs: JOB_LOOK_MS });
  return reject(input, 'artifactNotVerifiable', `Its files cannot be verified: ${artifact.why}.`);
}

function noTemplate(from: Exclude<EvaluationPolicy['from'], { kind: 'training' }>): string {
  return from.kind === 'job'
    ? `No completed job is tagged steward.template=${from.job}: run the evaluation job once and tag it.`
    : `There is no component ${from.component} in the workspace: register it.`;
}

function reject(
  { lifecycle, release, now }: StageInput,
  cause: string,
  sentence: string,
  actions: readonly Action[] = [],
): Step {
  return { ...endRelease(lifecycle, release, now, { end: 'rejected', cause, sentence, tell: {} }), actions };
}

function submit(release: Release, { job, template, compute, data, dataVersion }: Evaluation): readonly Action[] {
  if (job === undefined || template === undefined) return [];
  // Without a champion the job still wants both inputs: the challenger stands in, and only its own bounds are judged.
  const champion = release.fallback?.version ?? release.version;
  return [
    {
      do: 'submitEvaluation', job, template, ...(compute !== undefined && { compute }), champion, challenger: release.version, data, dataVersion,
    },
  ]; // prettier-ignore
}

function follow(input: StageInput, evaluation: Evaluation): Step {
  const { lifecycle, release, facts, policy, now } = input;
  const { job: name } = evaluation;
  if (name === undefined) return step(moveTo(lifecycle, release, 'gating', now), { lookInMs: 0 });
  const job = facts.job;
  const late = elapsedMs(evaluation.submittedAt, now) > (policy.evaluation?.deadlineMs ?? 0);
  if (late && job !== 'absent' && job?.state !== 'completed') {
    const cancel = { do: 'cancelJob', job: name } as const;
    return reject(input, 'evaluationDeadline', `The evaluation job ${name} did not finish in time.`, [cancel]);
  }
  if (job === undefined) return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  if (job === 'absent') {
    if (late) return reject(input, 'evaluationDeadline', `The evaluation job ${name} could not be submitted in time.`);
    const actions = submit(release, evaluation);
    return step(lifecycle, { actions, rules: ['evaluate.submitAgain'], lookInMs: JOB_LOOK_MS });
  }
  switch (job.state) {
    case 'completed':
      return step(moveTo(lifecycle, release, 'gating', now), { rules: ['evaluate.completed'], lookInMs: 0 });
    case 'failed':
    case 'canceled': {
      const ended = job.state === 'failed' ? 'failed' : 'was canceled';
      return reject(input, 'evaluationFailed', `The evaluation job ${name} ${ended}; its log says why.`);
    }
    case 'waiting':
    case 'running':
      return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  }
}
