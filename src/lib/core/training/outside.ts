import type { Taken } from '../command.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { isJobOf } from '../names.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { elapsedMs, step } from '../release/transitions.ts';
import type { Step, TrainingJobFact, TrainingNeeds } from '../step.ts';
import { trainsElsewhere } from './handOver.ts';
import { NOTHING_REMEMBERED, remember } from './memory.ts';
import type { OutsideRun, Training } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The newest: their models would take the place of what came before. */
export const RUNS_KEPT = 5;
const LOOK_MS = MINUTE_MS;
/** An event may be quicker than the job's own status; one that stays different told something that is not so. */
const LAG_MS = 10 * MINUTE_MS;
/** A run that cannot be read for so long is given up: others wait behind it. Trainings before it take a day or so. */
const SILENCE_MS = 3 * 24 * HOUR_MS;

/** Is this tag the one of the job that trainings of this environment are made from, and do they run here? */
export function trainsFrom(policy: EnvironmentPolicy, template: string | undefined): boolean {
  const { training } = policy;
  return (
    training?.from.kind === 'job' &&
    training.from.job === template &&
    trainsElsewhere({ policy, training }) === undefined
  );
}

/** Notes a run that the team started: nothing its event says is believed before the job has been read. */
export function takeOutsideRun(lifecycle: Lifecycle, run: string, policy: EnvironmentPolicy, now: Date): Taken {
  const refuse = (refused: string): Taken => ({ lifecycle, refused, rules: ['outside.refused'] });
  if (!policy.training) return refuse('the policy does not train here');
  if (policy.training.unregistered === 'ignore')
    return refuse('the policy ignores models that a run leaves unregistered: training.unregistered');
  if (isJobOf(lifecycle, run)) return refuse('it is a job of ours');
  const { outside = [], ended } = lifecycle.trained ?? NOTHING_REMEMBERED;
  const known = [...outside.map((other) => other.run), ...ended.map(({ job }) => job), lifecycle.training?.job];
  if (known.includes(run)) return refuse('was taken in before');
  const noted = [...outside, { run, since: now.toISOString() }];
  const beyond = noted.slice(0, -RUNS_KEPT).map((left) => `outside.beyond ${left.run}`);
  return {
    lifecycle: remember(lifecycle, { outside: noted.slice(-RUNS_KEPT) }),
    rules: [...beyond, `outside.noted ${run}`],
  };
}

/** One after the other, the oldest first, so that the newest run gets the highest version. */
function next({ trained }: Lifecycle): OutsideRun | undefined {
  return trained?.outside?.[0];
}

function isPaused({ conditions: { paused } }: Lifecycle): boolean {
  return paused !== undefined && paused.calendar === undefined;
}

/** The job that the oldest of the runs is, where something may follow from it. */
export function outsideNeeds(lifecycle: Lifecycle): Pick<TrainingNeeds, 'job'> {
  const first = next(lifecycle);
  return first && !isPaused(lifecycle) ? { job: first.run } : {};
}

export interface OutsideInput {
  readonly lifecycle: Lifecycle;
  readonly policy: EnvironmentPolicy;
  readonly policyHash: string;
  /** The run that the fact was asked for; another one is read in the next pass. */
  readonly asked: string | undefined;
  readonly job: TrainingJobFact | 'absent' | undefined;
  readonly now: Date;
}

/** Begins to register what the oldest run of the team's own left, once its job says that it is one. No budget is used: nothing was submitted. */
export function judgeOutside(input: OutsideInput): Step {
  const { lifecycle, policy, asked, job, now } = input;
  const first = next(lifecycle);
  if (!first) return step(lifecycle);
  if (policy.training?.unregistered !== 'register')
    return step(remember(lifecycle, { outside: [] }), { rules: ['outside.ignored'] });
  if (isPaused(lifecycle)) return step(lifecycle, { lookInMs: HOUR_MS });
  if (job === undefined || asked !== first.run) return step(lifecycle, { lookInMs: 0 });
  if (job === 'absent') return drop(lifecycle, first, 'absent');
  if (!trainsFrom(policy, job.template)) return drop(lifecycle, first, 'stranger');
  if (job.state === 'completed') return begin(input, first, job);
  const goesOn = job.state === 'waiting' || job.state === 'running';
  if (goesOn && elapsedMs(first.since, now) < LAG_MS) return step(lifecycle, { lookInMs: LOOK_MS });
  return drop(lifecycle, first, job.state);
}

/** The job could not be read. */
export function giveUpOutside(lifecycle: Lifecycle, now: Date): Step {
  const late = (lifecycle.trained?.outside ?? []).filter(({ since }) => elapsedMs(since, now) > SILENCE_MS);
  const left = late.reduce((row, { run }) => without(row, run), lifecycle);
  return step(left, { rules: late.map(({ run }) => `outside.unreachable ${run}`) });
}

function drop(lifecycle: Lifecycle, { run }: OutsideRun, why: string): Step {
  return step(without(lifecycle, run), { rules: [`outside.${why} ${run}`], lookInMs: 0 });
}

function without(lifecycle: Lifecycle, run: string): Lifecycle {
  return remember(lifecycle, { outside: (lifecycle.trained?.outside ?? []).filter((other) => other.run !== run) });
}

/** The run has ended: what is left of a training is to register its model. */
function begin({ lifecycle, policyHash, now }: OutsideInput, { run }: OutsideRun, job: TrainingJobFact): Step {
  const at = now.toISOString();
  const endedAt = job.endedAt ?? at;
  const { pins = [], unpinned = [], commit } = job.given ?? {};
  const number = (lifecycle.counters.training ?? 0) + 1;
  const training: Training = {
    number, phase: 'registering', phaseSince: at, since: job.startedAt ?? at, policy: policyHash, more: 0,
    causes: [{ kind: 'outside', id: `outside|${run}`.slice(0, 200), at: endedAt, run }],
    job: run, attempt: 1, submittedAt: at, source: run, pins, unpinned, spentMinutes: 0, ...(commit === undefined ? {} : { commit }),
    finished: { at: endedAt, ...(job.computeMinutes === undefined ? {} : { computeMinutes: job.computeMinutes }) },
  }; // prettier-ignore
  const counted = { ...without(lifecycle, run), training, counters: { ...lifecycle.counters, training: number } };
  return step(counted, { rules: [`outside.register ${run}`], lookInMs: 0 });
}
