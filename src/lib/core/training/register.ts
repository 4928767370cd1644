import type { Lifecycle } from '../lifecycle.ts';
import { elapsedMs, step } from '../release/transitions.ts';
import type { Action, Step, TrainingNeeds, TrainingResultFact } from '../step.ts';
import type { TrainingPolicy } from '../policy/policy.ts';
import { isOutside } from './causes.ts';
import { end, spent, type JobInput } from './job.ts';
import type { Training } from './state.ts';

const MINUTE_MS = 60_000;
const LOOK_MS = MINUTE_MS;
/** What the job registered itself may be listed a little later than the job's end. */
const GRACE_MS = 2 * MINUTE_MS;
/** How long an output may take to be registered; without one there is nothing to wait for. */
const LIMIT_MS = { output: 60 * MINUTE_MS, nothing: 10 * MINUTE_MS };
const OUTPUT = 'model';

export function registerNeeds({ job }: Training, policy: TrainingPolicy | undefined): TrainingNeeds {
  return { result: { job, output: policy?.output ?? OUTPUT } };
}

/** Takes a version in as if its event had come; told by the caller, which knows how versions enter. */
export type TakeVersion = (lifecycle: Lifecycle, version: string) => Lifecycle;

/** Phase `registering`: the version that came from the job, or the output that becomes one. */
export function register(input: JobInput, takeVersion: TakeVersion): Step {
  const { lifecycle, training, facts, now } = input;
  const { result } = facts;
  if (!result) return step(lifecycle, { lookInMs: 0 });
  const cost = spent(training.finished);
  if (result.version !== undefined) {
    const sentence = `Version ${result.version} came from it.`;
    const ended = end(input, { end: 'succeeded', cause: 'registered', sentence, version: result.version, ...cost });
    return { ...ended, lifecycle: takeVersion(ended.lifecycle, result.version) };
  }
  const waitedMs = elapsedMs(training.phaseSince, now);
  const action = result.output && waitedMs >= GRACE_MS ? registration(training, result, result.output) : undefined;
  if (waitedMs < LIMIT_MS[result.output ? 'output' : 'nothing'])
    return step(lifecycle, {
      lookInMs: waitedMs < GRACE_MS ? GRACE_MS - waitedMs : LOOK_MS,
      ...(action ? { actions: [action], rules: ['training.register'] } : {}),
    });
  const sentence = result.output
    ? `The model that the job ${training.job} left could not be registered${training.trouble === undefined ? '' : `: ${training.trouble}`}.`
    : `The job ${training.job} completed, but no version came from it, and it has no output named '${input.policy?.output ?? OUTPUT}' to register.`;
  const ended = end(input, { end: 'failed', cause: 'noModel', sentence, ...cost });
  // A run of the team's own need not leave a model; a registration that fails is ours.
  return isOutside(training) && !result.output ? { ...ended, notices: [] } : ended;
}

/** Lineage goes along as tags, so that the registry tells it without Steward. */
function registration(
  { job, number, pins, commit }: Training,
  { nextVersion = '1' }: TrainingResultFact,
  { uri, type }: NonNullable<TrainingResultFact['output']>,
): Action {
  const tags = {
    'steward.training': String(number),
    ...Object.fromEntries(pins.map(({ input, data, version }) => [`steward.data.${input}`, `${data}:${version}`])),
    ...(commit === undefined ? {} : { 'steward.commit': commit }),
  };
  return { do: 'registerModel', job, version: nextVersion, uri, type, tags };
}
