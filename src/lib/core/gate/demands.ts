import type { Origin } from '../origin.ts';
import type { Reason, Verdict } from '../verdict.ts';
import { clamped } from './clamped.ts';
import { reportsIn, TAG, type GivenData, type GivenEnvironment, type JobTold, type Lineage } from './lineage.ts';

const MOST_SHOWN = 60;
const MOST_NAMED = 3;
const RULE = 'gate.require.';

interface Answer {
  readonly verdict: Verdict;
  readonly note: string;
}

/** Where a version came from, when it came from another environment. */
export interface Came {
  readonly origin: Origin | undefined;
  /** A pipeline of the team's brought it: nobody compared its files with those that were judged before. */
  readonly byPipeline: boolean;
}

/** One reason for each demand of `gate.require`. What nobody says is a failure, and what can no longer be asked an error. */
export function judgeDemands(demands: readonly string[], lineage: Lineage, came: Came): Reason[] {
  return [...new Set(demands)].map((demand): Reason => {
    const answer = answerTo(demand, lineage, came);
    return { rule: `${RULE}${demand}`, what: nameOf(demand), unit: 'plain', ...answer };
  });
}

/** The demands that the gate found met, for the environments after this one. A tag goes with the version and is read there. */
export function metDemands(reasons: readonly Reason[]): readonly string[] {
  return reasons
    .filter(({ rule, verdict }) => rule.startsWith(RULE) && verdict === 'pass')
    .map(({ rule }) => rule.slice(RULE.length))
    .filter((demand) => !demand.startsWith(TAG));
}

export function isDemand({ rule }: Reason): boolean {
  return rule.startsWith(RULE);
}

function nameOf(demand: string): string {
  switch (demand) {
    case 'gitCommit':
      return 'git commit';
    case 'cleanTree':
      return 'clean work tree';
    case 'dataVersions':
      return 'data versions';
    case 'pinnedEnvironment':
      return 'pinned environment';
    case 'dataValidation':
      return 'validated data';
    default:
      return demand.replace(':', ' ');
  }
}

const pass = (note: string): Answer => ({ verdict: 'pass', note });
const fail = (note: string): Answer => ({ verdict: 'fail', note });
const error = (note: string): Answer => ({ verdict: 'error', note });

function answerTo(demand: string, lineage: Lineage, came: Came): Answer {
  if (demand.startsWith(TAG)) return tagged(lineage.tags, demand.slice(TAG.length));
  if (came.origin?.from) return asJudgedThere(demand, came.origin.from, came);
  const [report] = reportsIn([demand]);
  if (report !== undefined) return reported(lineage, report);
  const { job } = lineage;
  if (job === undefined) return fail('it was registered by hand, without a job that tells how it was made: register it from the job that trained it'); // prettier-ignore
  const name = quoted(job.name);
  if (job.leftBy !== undefined) return fail(`it names the job ${name}, but its files are an output of ${quoted(job.leftBy)}: register it from the job that made it`); // prettier-ignore
  if (!job.told) return error(`the job ${name} that it names is not in the workspace (any more), so nobody can tell: train it anew`); // prettier-ignore
  return toldBy(demand, name, job.told);
}

function toldBy(demand: string, job: string, told: JobTold): Answer {
  switch (demand) {
    case 'gitCommit':
      return committed(job, told);
    case 'cleanTree':
      return clean(job, told);
    case 'dataVersions':
      return dataPinned(job, told.data);
    case 'pinnedEnvironment':
      return environmentPinned(job, told.environments);
    case 'dataValidation':
      return dataValidated(job, told.data);
    default:
      return error('this version of Steward does not know this demand');
  }
}

function tagged(tags: Lineage['tags'], name: string): Answer {
  const value = (Object.hasOwn(tags, name) ? tags[name] : undefined)?.trim() ?? '';
  if (value === '') return fail(`the version has no tag ${name} with a value: set it, then send retry`);
  return pass(quoted(value));
}

/** Its training is in another workspace: what was found there came with it. */
function asJudgedThere(demand: string, { environment, version }: NonNullable<Origin['from']>, { origin, byPipeline }: Came): Answer {
  const there = `${environment} (version ${quoted(version)})`;
  if (byPipeline) return fail(`a pipeline brought it from ${there}, and nobody compared its files with those that were judged there`);
  if (origin?.met?.includes(demand)) return pass(`as the gate of ${environment} found of version ${quoted(version)}`);
  return fail(`it comes from ${there}, whose gate did not find this met: put it into gate.require there, too, and release a version there`);
} // prettier-ignore

const COMMIT = /^[0-9a-f]{7,64}$/i;

function committed(job: string, { commit }: JobTold): Answer {
  if (commit === undefined) return fail(`the job ${job} names no git commit: submit it from a git work tree, or with the property mlflow.source.git.commit`); // prettier-ignore
  if (!COMMIT.test(commit)) return fail(`the job ${job} names ${quoted(commit)}, which is no git commit`);
  return pass(`${commit.slice(0, 12)}, as the job ${job} says`);
}

function clean(job: string, { tree }: JobTold): Answer {
  if (tree === 'clean') return pass(`as the job ${job} says`);
  if (tree === 'dirty') return fail(`the job ${job} was submitted from a work tree with changes that were not committed: commit them and train anew`); // prettier-ignore
  return fail(`the job ${job} does not say whether its work tree was clean: submit it from a git work tree, or with the property azureml.git.dirty`); // prettier-ignore
}

function dataPinned(job: string, data: readonly GivenData[]): Answer {
  if (data.length === 0) return fail(`the job ${job} has no data among its inputs, so nobody can tell what it was trained on`); // prettier-ignore
  const loose = data.filter(({ version }) => version === undefined);
  if (loose.length > 0) return fail(`the job ${job} was given ${named(loose.map(({ input, uri }) => `${input} as ${quoted(uri)}`))}: name a version of a data asset instead`); // prettier-ignore
  return pass(named(data.map(({ version = '' }) => quoted(version))));
}

function dataValidated(job: string, data: readonly GivenData[]): Answer {
  const pinned = dataPinned(job, data);
  if (pinned.verdict !== 'pass') return pinned;
  const unread = data.filter(({ validated }) => validated === undefined);
  if (unread.length > 0) return error(`the tags of ${named(unread.map(({ version = '' }) => quoted(version)))} cannot be read`); // prettier-ignore
  const not = data.filter(({ validated }) => validated !== 'passed');
  if (not.length === 0) return pass(named(data.map(({ version = '' }) => quoted(version))));
  return fail(`expected the tag steward.validated: passed on ${named(not.map(({ version = '', validated }) => `${quoted(version)}${validated ? ` (it says ${quoted(validated)})` : ''}`))}: let the pipeline that validates the data set it`); // prettier-ignore
}

function environmentPinned(job: string, environments: readonly GivenEnvironment[]): Answer {
  if (environments.length === 0) return fail(`the job ${job} names no environment, so nobody can tell what it ran in`);
  const loose = environments.filter(({ version }) => version === undefined);
  if (loose.length === 0) return pass(named([...new Set(environments.map(({ version = '' }) => quoted(version)))]));
  const told = loose.map(({ step, why = 'its environment has no version' }) => `${step === undefined ? '' : `step ${quoted(step)}: `}${quoted(why, 120)}`); // prettier-ignore
  return fail(`the job ${job} does not pin its environment (${named(told)}): name it with its version`);
}

function reported({ reports, job }: Lineage, name: string): Answer {
  const found = reports && Object.hasOwn(reports, name) ? reports[name] : undefined;
  // Whatever the job did that it names falsely, it did not make this version.
  if (found?.job !== undefined && job?.leftBy !== undefined && found.job === job.name) return fail(`the output ${name} is of the job ${quoted(job.name)}, and the files of this version are an output of ${quoted(job.leftBy)}: let the job that evaluates it write the report`); // prettier-ignore
  if (found?.job !== undefined && found.files > 0) return pass(`${found.files} ${found.files === 1 ? 'file' : 'files'}, an output of the job ${quoted(found.job)}`); // prettier-ignore
  if (found?.fault !== undefined) return error(quoted(found.fault, 160));
  const by = job === undefined ? 'the job that evaluated it' : `the job that evaluated it, nor ${quoted(job.name)}`;
  return fail(`neither ${by} left an output ${name} with content: let one of them write it`);
}

function named(items: readonly string[]): string {
  const more = items.length - MOST_NAMED;
  return `${items.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Whatever somebody wrote, on one line, without characters that hide or turn text around, and not longer than a line. */
function quoted(text: string, most = MOST_SHOWN): string {
  return clamped(text.replace(/[\p{C}\s]+/gu, ' ').trim(), most);
}
