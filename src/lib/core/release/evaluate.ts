import { evaluationJobName } from '../names.ts';
import type { Evaluation, Lifecycle, Release } from '../lifecycle.ts';
import type { Action, Stage, StageInput, Step } from '../step.ts';
import { elapsedMs, endRelease, moveTo, step, withRelease } from './transitions.ts';

/** The end of the job arrives as an event; this is for the one that got lost. */
const JOB_LOOK_MS = 60_000;

/** Phase `evaluating`: champion and challenger are measured on the same pinned data by a job of the team's own. */
export const evaluate: Stage = {
  needs(_lifecycle, release, policy) {
    if (release.evaluation) return { job: release.evaluation.job };
    return policy.evaluation
      ? { evaluationPlan: { template: policy.evaluation.job, data: policy.evaluation.data } }
      : {};
  },
  decide(input) {
    return input.release.evaluation ? follow(input, input.release.evaluation) : begin(input);
  },
};

function begin({ lifecycle, release, facts, policy, now, mayMove }: StageInput): Step {
  const plan = facts.evaluationPlan;
  if (!mayMove || !plan || !policy.evaluation) return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  const { job, data } = policy.evaluation;
  const reject = (cause: string, sentence: string) =>
    endRelease(lifecycle, release, now, { end: 'rejected', cause, sentence, tell: {} });
  if (!plan.template)
    return reject(
      'noTemplate',
      `No completed job is tagged steward.template=${job}: run the evaluation job once and tag it.`,
    );
  if (!plan.dataVersion) return reject('noData', `The data asset ${data} has no version.`);
  const number = lifecycle.counters.evaluation + 1;
  const evaluation: Evaluation = {
    job: evaluationJobName(lifecycle, number, 1), template: plan.template, data, dataVersion: plan.dataVersion, submittedAt: now.toISOString(),
  }; // prettier-ignore
  const counted: Lifecycle = { ...lifecycle, counters: { ...lifecycle.counters, evaluation: number } };
  const next = withRelease(counted, { ...release, evaluation });
  return step(next, { actions: [submit(release, evaluation)], rules: ['evaluate.submit'], lookInMs: JOB_LOOK_MS });
}

function submit(release: Release, evaluation: Evaluation): Action {
  const { job, template, data, dataVersion } = evaluation;
  // Without a champion the job still wants both inputs: the challenger stands in, and only its own bounds are judged.
  const champion = release.fallback?.version ?? release.version;
  return { do: 'submitEvaluation', job, template, champion, challenger: release.version, data, dataVersion };
}

function follow({ lifecycle, release, facts, policy, now }: StageInput, evaluation: Evaluation): Step {
  const reject = (cause: string, sentence: string, actions: readonly Action[] = []) => {
    const ended = endRelease(lifecycle, release, now, { end: 'rejected', cause, sentence, tell: {} });
    return { ...ended, actions };
  };
  const job = facts.job;
  const late = elapsedMs(evaluation.submittedAt, now) > (policy.evaluation?.deadlineMs ?? 0);
  if (late && job !== 'absent' && job?.state !== 'completed') {
    return reject('evaluationDeadline', `The evaluation job ${evaluation.job} did not finish in time.`, [
      { do: 'cancelJob', job: evaluation.job },
    ]);
  }
  if (job === undefined) return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  if (job === 'absent') {
    if (late)
      return reject('evaluationDeadline', `The evaluation job ${evaluation.job} could not be submitted in time.`);
    return step(lifecycle, {
      actions: [submit(release, evaluation)],
      rules: ['evaluate.submitAgain'],
      lookInMs: JOB_LOOK_MS,
    });
  }
  switch (job.state) {
    case 'completed':
      return step(moveTo(lifecycle, release, 'gating', now), { rules: ['evaluate.completed'], lookInMs: 0 });
    case 'failed':
    case 'canceled':
      return reject(
        'evaluationFailed',
        `The evaluation job ${evaluation.job} ${job.state === 'failed' ? 'failed' : 'was canceled'}; its log says why.`,
      );
    case 'waiting':
    case 'running':
      return step(lifecycle, { lookInMs: JOB_LOOK_MS });
  }
}
