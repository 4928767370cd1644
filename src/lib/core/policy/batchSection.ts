import { count, section, text, word } from './leaves.ts';
import type { RolloutPolicy, TestRun } from './policy.ts';
import { rolloutSection } from './rolloutSection.ts';
import { duration } from './units.ts';

const DATA = /^(azureml:[A-Za-z0-9][A-Za-z0-9._-]*:[^:@/\s]+|[A-Za-z0-9][A-Za-z0-9._-]{0,254})$/;
/** What the service takes as the name of an input or output of a job. */
const PORT = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

const testRun = section({
  input: text('the name of a data asset, or azureml:NAME:VERSION for one version of it', DATA),
  as: text('the name of an input: letters, digits and _', PORT).prefault('data'),
  expect: section({
    output: text('the name of an output: letters, digits and _', PORT).prefault('score'),
    rows: word(['same']).exactOptional(),
    minRows: count().exactOptional(),
  }).prefault({}),
  deadline: duration({ above: 0 }).prefault('1h'),
}).transform(({ expect, deadline, ...rest }): TestRun => ({ ...rest, ...expect, deadlineMs: deadline }));

/**
 * How a version comes to be the default of a batch endpoint. A section of its own: of what `rollout` says of shares, copies
 * and live metrics nothing is true of batch, and a stored policy has all defaults of its sections written out.
 */
export const batchSection = section({
  testRun,
  onNewerVersion: word(['wait', 'supersede']).prefault('wait'),
  watch: duration().prefault('0m'),
  keepPrevious: duration().prefault('24h'),
  deployDeadline: duration({ above: 0 }).prefault('1h'),
}).transform(({ watch, keepPrevious, deployDeadline, ...rest }): RolloutPolicy => ({
  ...rolloutSection.parse({}),
  ...rest,
  stepsPercent: [100],
  bakeMs: 0,
  watchMs: watch,
  keepPreviousMs: keepPrevious,
  deployDeadlineMs: deployDeadline,
}));
