import { trainingJobName } from '../names.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { TrainingPolicy } from '../policy/policy.ts';
import { elapsedMs, step } from '../release/transitions.ts';
import type { Action, Step, TrainingFacts, TrainingJobFact, TrainingNeeds } from '../step.ts';
import { overBudget } from './controls.ts';
import { endTraining, NOTHING_REMEMBERED, remember, type TrainingEnding } from './memory.ts';
import { endedNotice, startedNotice } from './notices.ts';
import type { Training } from './state.ts';

const LOOK_MS = 60_000;
const ATTEMPTS = 2;
/** A job that was asked to stop and does not is left to itself after this. */
const CANCEL_LIMIT_MS = 30 * 60_000;
/** A submission that timed out may still arrive, and one 404 is not believed. */
const MISSING_MS = 10 * 60_000;

export interface JobInput {
  readonly lifecycle: Lifecycle;
  readonly training: Training;
  /** Absent: the policy does not speak of training any more; what is under way is followed to its end. */
  readonly policy: TrainingPolicy | undefined;
  readonly facts: TrainingFacts;
  readonly now: Date;
}

const NO_POLICY = { startMs: 2 * 3_600_000, finishMs: 12 * 3_600_000 };

export function jobNeeds({ job }: Training): TrainingNeeds {
  return { job };
}

/** The same however often it is asked for: everything about the job is in the row. */
export function submitAction({ job, source, from, pins, causes, attempt }: Training): Action {
  return { do: 'submitTraining', job, source, pins, causes, attempt, ...(from ? { from } : {}) };
}

/** Phases `submitted` and `running`: the job is followed to its end, within its deadlines. */
export function followJob(input: JobInput): Step {
  const { lifecycle, training, facts, now } = input;
  const { job } = facts;
  if (job === undefined) return step(lifecycle, { lookInMs: 0 });
  if (training.ending) return stopping(input, training.ending, job);
  if (job === 'absent') return absent(input);
  const { missingSince: _, ...there } = training;
  const seen = { ...input, training: { ...there, seen: true } as const };
  switch (job.state) {
    case 'completed':
      return finished(seen, job);
    case 'failed':
      return failed(seen, job);
    case 'canceled':
      return end(seen, { end: 'canceled', cause: 'canceled', sentence: `The job ${training.job} was canceled in Azure ML.`, ...spent(job) }); // prettier-ignore
    case 'waiting':
      // One that ran and waits again lost its node: it has started all the same.
      return withinDeadline(seen, training.phase === 'running' ? 'running' : 'submitted', now);
    case 'running':
      return withinDeadline(seen, 'running', now);
  }
}

/** Not there yet: asked for again. Not there any more: somebody deleted it, and it is not made anew. */
function absent({ lifecycle, training, policy, now }: JobInput): Step {
  const { startMs } = policy?.deadline ?? NO_POLICY;
  if (!training.seen) {
    if (elapsedMs(training.submittedAt, now) > startMs)
      return end(
        { lifecycle, training, now },
        { end: 'failed', cause: 'notSubmitted', sentence: `The job ${training.job} could not be submitted in time.` },
      );
    return step(lifecycle, { actions: [submitAction(training)], rules: ['training.submitAgain'], lookInMs: LOOK_MS });
  }
  const missingSince = training.missingSince ?? now.toISOString();
  if (elapsedMs(missingSince, now) > MISSING_MS)
    return end(
      { lifecycle, training, now },
      { end: 'failed', cause: 'gone', sentence: `The job ${training.job} is not there any more.` },
    );
  return step({ ...lifecycle, training: { ...training, missingSince } }, { rules: ['training.missing'], lookInMs: LOOK_MS }); // prettier-ignore
}

function withinDeadline(input: JobInput, phase: 'submitted' | 'running', now: Date): Step {
  const { training, policy } = input;
  const { startMs, finishMs } = policy?.deadline ?? NO_POLICY;
  const goneMs = elapsedMs(training.submittedAt, now);
  const late = (cause: string, what: string, retry: boolean) =>
    stop(input, { end: 'failed', cause, sentence: `The job ${training.job} had not ${what} within the policy's deadline.`, retry });
  if (phase === 'submitted' && goneMs > startMs) return late('startDeadline', 'started', true);
  if (goneMs > finishMs) return late('finishDeadline', 'ended', false);
  return step(inPhase({ ...input.lifecycle, training }, training, phase, now), { lookInMs: LOOK_MS });
} // prettier-ignore

/** What its last job cost, where that is known. */
export function spent({ computeMinutes }: Pick<TrainingJobFact, 'computeMinutes'> = {}): { computeMinutes?: number } {
  return computeMinutes === undefined ? {} : { computeMinutes };
}

function inPhase(lifecycle: Lifecycle, training: Training, phase: Training['phase'], now: Date): Lifecycle {
  return training.phase === phase
    ? lifecycle
    : { ...lifecycle, training: { ...training, phase, phaseSince: now.toISOString() } };
}

function finished({ lifecycle, training, now }: JobInput, job: TrainingJobFact): Step {
  const done = { ...training, finished: { at: job.endedAt ?? now.toISOString(), ...spent(job) } };
  return step(inPhase(lifecycle, done, 'registering', now), { rules: ['training.completed'], lookInMs: 0 });
}

/** Only what was not the code's fault can heal by itself. */
function failed(input: JobInput, job: TrainingJobFact): Step {
  const { training } = input;
  const why = job.failure?.message ?? 'its log says why';
  const sentence = `The job ${training.job} failed: ${why}`;
  return job.failure?.platform && mayRetry(input)
    ? retry(input, job)
    : end(input, { end: 'failed', cause: job.failure?.platform ? 'platform' : 'jobFailed', sentence, ...spent(job) });
}

function mayRetry({ lifecycle, training, policy, now }: JobInput): boolean {
  return training.attempt < ATTEMPTS && policy !== undefined && !overBudget({ lifecycle, training: policy, now });
}

/** The same once more, under a name of its own; it counts in the budget. */
function retry({ lifecycle, training, now }: JobInput, job: TrainingJobFact | undefined): Step {
  const at = now.toISOString();
  const attempt = training.attempt + 1;
  const { ending: _, seen: __, missingSince: ___, notBefore: ____, ...rest } = training;
  const again: Training = {
    ...rest, attempt, job: trainingJobName(lifecycle, training.number, attempt), phase: 'submitted', phaseSince: at, submittedAt: at,
    spentMinutes: training.spentMinutes + (job?.computeMinutes ?? 0),
  }; // prettier-ignore
  const starts = [...(lifecycle.trained ?? NOTHING_REMEMBERED).starts, at];
  return step(remember({ ...lifecycle, training: again }, { starts }), {
    actions: [submitAction(again)],
    notices: [startedNotice(lifecycle, again, now)],
    rules: ['training.retry'],
    lookInMs: LOOK_MS,
  });
}

/** Asks the job to stop; how it goes on is decided when it has. One that ended before leaves only its model to be registered, which is dropped. */
export function stop(
  { lifecycle, training, now }: Pick<JobInput, 'lifecycle' | 'training' | 'now'>,
  why: Omit<NonNullable<Training['ending']>, 'since'>,
): Step {
  const { retry: _, ...how } = why;
  if (training.phase === 'registering')
    return end({ lifecycle, training, now }, { ...how, ...spent(training.finished) });
  const ending = { ...why, since: now.toISOString() };
  return step(
    { ...lifecycle, training: { ...training, ending } },
    { actions: [{ do: 'cancelJob', job: training.job }], rules: [`training.stop.${why.cause}`], lookInMs: LOOK_MS },
  );
}

function stopping(input: JobInput, ending: NonNullable<Training['ending']>, job: TrainingJobFact | 'absent'): Step {
  const { lifecycle, training, now } = input;
  const gone = job === 'absent' && elapsedMs(ending.since, now) > MISSING_MS;
  const over = gone || (job !== 'absent' && job.state !== 'waiting' && job.state !== 'running');
  if (!over && elapsedMs(ending.since, now) < CANCEL_LIMIT_MS) {
    // Asked again until it shows: the first time may have met a service that was down.
    return step(lifecycle, { actions: [{ do: 'cancelJob', job: training.job }], rules: ['training.stopAgain'], lookInMs: LOOK_MS }); // prettier-ignore
  }
  const fact = job === 'absent' ? undefined : job;
  // It was quicker than the stop: what it made is as good as any.
  if (fact?.state === 'completed' && ending.end === 'failed') return finished(input, fact);
  if (ending.retry && over && mayRetry(input)) return retry(input, fact);
  const { retry: _, since: __, ...how } = ending;
  return end(input, { ...how, ...(fact ? spent(fact) : {}) });
}

/** Ends the training; people hear of it when no version came of it. */
export function end({ lifecycle, training, now }: Pick<JobInput, 'lifecycle' | 'training' | 'now'>, ending: TrainingEnding): Step {
  const done = endTraining(lifecycle, training, ending, now);
  const notices = ending.end === 'succeeded' ? [] : [endedNotice(done.lifecycle, done.ledger, now)];
  return step(done.lifecycle, { ledger: done.ledger, notices, rules: [`training.${ending.end}.${ending.cause}`], lookInMs: 0 });
} // prettier-ignore
