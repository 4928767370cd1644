import type { Tested } from '../tested.ts';
import type { TestRun } from '../policy/policy.ts';
import type { JobFact, Stage, StageInput, Step, TestOutputFact } from '../step.ts';
import { elapsedMs, moveTo, step, turnBack, withRelease } from './transitions.ts';

const MAX_ATTEMPTS = 3;
/** Longer than the call's own time limit: an answer that is not here by then got lost with the process. */
const ANSWER_MS = 90_000;
/** Jobs take minutes, and no event tells of one whose name the service chose. */
const JOB_LOOK_MS = 30_000;

/** Phase `smokeTesting` of a batch endpoint: a job of the new deployment on known data, before it becomes the default. */
export const testRun: Stage = {
  needs: (_lifecycle, { testRun: tested }, { rollout }) => ({
    endpoint: true,
    ...(tested?.job !== undefined && tested.endedAt === undefined ? { job: tested.job } : {}),
    ...(tested?.job !== undefined && tested.endedAt !== undefined && rollout.testRun
      ? { testOutput: outputOf(rollout.testRun, tested.job, tested) }
      : {}),
  }),
  decide(input) {
    const { release, policy } = input;
    const wanted = policy.rollout.testRun;
    // A policy that has none is refused; no test is never a pass.
    if (!wanted) return fail(input, 'The policy says no more on which data it should be tested.');
    const tested = release.testRun;
    if (!tested) return ask(input, wanted, 1);
    if (tested.job === undefined) return awaitAnswer(input, wanted, tested);
    if (tested.endedAt === undefined) return follow(input, tested, input.facts.job);
    return judge(input, wanted, tested, input.facts.testOutput);
  },
};

function outputOf({ output, rows, minRows }: TestRun, job: string, { data, place }: Tested) {
  return {
    job,
    output,
    ...(place === undefined ? {} : { place }),
    ...(rows === undefined && minRows === undefined ? {} : { rows: true as const }),
    ...(rows === 'same' && data ? { data } : {}),
  };
}

function ask({ lifecycle, release, now, mayMove }: StageInput, wanted: TestRun, attempt: number): Step {
  if (!mayMove || !release.deployment) return step(lifecycle, { lookInMs: ANSWER_MS });
  const next = withRelease(lifecycle, { ...release, testRun: { attempt, askedAt: now.toISOString() } });
  const { input, as, output } = wanted;
  const action = { do: 'testRun', deployment: release.deployment, attempt, input, as, output } as const;
  return step(next, { actions: [action], rules: ['testRun.ask'], lookInMs: ANSWER_MS });
}

/** Asked again, a job that was started although its answer got lost is found. */
function awaitAnswer(input: StageInput, wanted: TestRun, { attempt, askedAt }: Tested): Step {
  if (elapsedMs(askedAt, input.now) <= ANSWER_MS) return wait(input, 'testRun.asked');
  if (attempt < MAX_ATTEMPTS) return ask(input, wanted, attempt + 1);
  return fail(input, `The test job could not be started: asked ${MAX_ATTEMPTS} times, there was no answer.`);
}

function follow(input: StageInput, tested: Tested, job: JobFact | 'absent' | undefined): Step {
  const { lifecycle, release, now } = input;
  if (job === undefined || job === 'absent') return wait(input, 'testRun.unseen');
  switch (job.state) {
    case 'waiting':
    case 'running':
      return wait(input, `testRun.${job.state}`);
    case 'failed':
      return fail(input, `The test job ${job.name} failed; its log says why.`);
    case 'canceled':
      return fail(input, `The test job ${job.name} was canceled.`);
    case 'completed': {
      const ended = { ...release, testRun: { ...tested, endedAt: now.toISOString() } };
      return step(withRelease(lifecycle, ended), { rules: ['testRun.completed'], lookInMs: 0 });
    }
  }
}

function judge(input: StageInput, wanted: TestRun, tested: Tested, found: TestOutputFact | undefined): Step {
  const { lifecycle, release, now } = input;
  if (!found) return wait(input, 'testRun.unread');
  const fault = faultOf(wanted, tested, found);
  if (fault !== undefined) return fail(input, `The test job ${tested.job} completed, but ${fault}.`);
  const { files, rows } = found;
  const known = { ...release, testRun: { ...tested, files, ...(rows === undefined ? {} : { rows }) } };
  return step(moveTo(lifecycle, known, 'shifting', now), { rules: ['testRun.pass'], lookInMs: 0 });
}

/** What is wrong with what the job left. What cannot be told is wrong, too. */
function faultOf(
  { output, rows: same, minRows }: TestRun,
  { data }: Tested,
  found: TestOutputFact,
): string | undefined {
  if (found.fault !== undefined) return found.fault;
  if (found.files === 0) return `its output "${output}" holds no file with content`;
  const { rows, inputRows } = found;
  if ((same !== undefined || minRows !== undefined) && rows === undefined) return `the rows of its output "${output}" cannot be counted`; // prettier-ignore
  if (same === 'same' && inputRows === undefined) return `the rows of ${data ?? 'its input'} cannot be counted`;
  if (same === 'same' && rows !== inputRows) return `its output "${output}" has ${rows} rows, and its input ${data ?? ''} ${inputRows}`; // prettier-ignore
  if (minRows !== undefined && (rows ?? 0) < minRows) return `its output "${output}" has ${rows} rows, expected at least ${minRows}`; // prettier-ignore
  return undefined;
}

function fail({ lifecycle, release, now }: StageInput, sentence: string): Step {
  return turnBack(lifecycle, release, now, { cause: 'testRun', sentence });
}

/** What has ended is judged however late it is seen. A job that is given up is canceled where the release ends. */
function wait(input: StageInput, rule: string): Step {
  const { lifecycle, release, policy, now, mayMove } = input;
  const late = elapsedMs(release.phaseSince, now) > (policy.rollout.testRun?.deadlineMs ?? 0);
  if (mayMove && late) return fail(input, 'The test job did not end in time, or its output could not be read.');
  return step(lifecycle, { rules: [rule], lookInMs: JOB_LOOK_MS });
}
