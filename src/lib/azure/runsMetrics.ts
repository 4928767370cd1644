import { Refused } from '../core/errors.ts';
import type { Evidence, Measured, MeasuringRun } from '../core/gate/evidence.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { openMlflow, rootIdOf, type MlflowMetric, type MlflowRun } from './mlflowRuns.ts';

export interface RunMetrics {
  readonly metrics: Evidence['metrics'];
  readonly n?: number;
  readonly classes?: Evidence['classes'];
  readonly faults: readonly string[];
}

/**
 * The last values of `champion.<metric>`, `challenger.<metric>` and `n`, all of one run: the job's, or the step of its that
 * evaluates. A step that prepares counts other rows.
 */
export async function runMetrics(
  arm: Arm,
  workspace: WorkspaceId,
  job: string,
  wanted: readonly string[],
): Promise<RunMetrics> {
  const mlflow = await openMlflow(arm, workspace);
  const root = await mlflow.run(job);
  if (root === undefined) throw new Refused('notFound', 'Azure ML', `There is no run ${job}`);
  const names = new Set(wanted.flatMap((name) => [`champion.${name}`, `challenger.${name}`]));
  const evaluates = ({ metrics }: MlflowRun) => metrics.some(({ key }) => names.has(key));
  if (evaluates(root)) return pick(root.metrics, wanted);
  // The root of a pipeline usually has none: the step that evaluates has them.
  const steps = await mlflow.tree(root);
  const [step, ...others] = steps.filter(evaluates);
  // Predictions alone: an n beside them is held against their number, and decides nothing.
  if (step === undefined) return pick([...root.metrics, ...steps.flatMap(({ metrics }) => metrics)], wanted);
  if (others.length === 0) return pick(step.metrics, wanted);
  const runs = [step, ...others].map(({ id }) => id).slice(0, maxRunsTold);
  return {
    metrics: {},
    faults: [`more than one step of the job measures champion and challenger (${runs.join(', ')})`],
  };
}

/** The newest, where a name was logged more than once. */
function pick(logged: readonly MlflowMetric[], wanted: readonly string[]): RunMetrics {
  const faults: string[] = [];
  const last = new Map<string, MlflowMetric>();
  for (const entry of logged) {
    const known = last.get(entry.key);
    if (known === undefined || entry.timestamp >= known.timestamp) last.set(entry.key, entry);
  }
  const value = (key: string): number | undefined => {
    const entry = last.get(key);
    if (entry === undefined) return undefined;
    if (typeof entry.value === 'number' && Number.isFinite(entry.value)) return entry.value;
    faults.push(`metric ${key} is ${String(entry.value ?? 'empty')}, not a number`);
    return undefined;
  };
  const metrics = wanted.map((name) => {
    const champion = value(`champion.${name}`);
    const challenger = value(`challenger.${name}`);
    return [name, { ...(champion !== undefined && { champion }), ...(challenger !== undefined && { challenger }) }];
  });
  const n = value('n');
  const classes = classesOf(value);
  return { metrics: Object.fromEntries(metrics), ...(n !== undefined && { n }), ...(classes && { classes }), faults };
}

/** Rows of each of two classes, where both were logged. */
function classesOf(value: (name: string) => number | undefined): Evidence['classes'] {
  const [positive, negative] = [value('n_positive'), value('n_negative')];
  return positive === undefined || negative === undefined ? undefined : { positive, negative };
}

/** More than one is too many; which ones helps people to find out why. */
const maxRunsTold = 3;

/** Our convention: a run that measures its own model says on what, `NAME:VERSION` of a data asset. */
const evaluatedKey = 'steward.evaluated';

/**
 * The runs of a training that say what they evaluated on. A metric and n prove something only together with the data of
 * the same run: a training step's n counts other rows.
 */
export async function measuringRuns(
  arm: Arm,
  workspace: WorkspaceId,
  { job, leftBy = job }: { readonly job: string; readonly leftBy: string | undefined },
  wanted: readonly string[],
): Promise<Measured['runs']> {
  const mlflow = await openMlflow(arm, workspace);
  const own = await mlflow.run(job);
  if (own === undefined) return [];
  // All trials of a sweep may say how good they are: the one whose model it is counts.
  const leaver = leftBy === job ? undefined : await mlflow.run(leftBy);
  const direct = measuring(own, wanted) ?? (leaver && measuring(leaver, wanted));
  if (direct !== undefined) return [direct];
  // A version may name the step that trained; the step that evaluated stands beside it.
  const root = rootIdOf(own) === own.id ? own : await mlflow.run(rootIdOf(own));
  const tree = root === undefined ? [] : [root, ...(await mlflow.tree(root))];
  const found = tree.flatMap((run) => measuring(run, wanted) ?? []);
  return [...new Map(found.map((run) => [run.run, run])).values()].slice(0, maxRunsTold);
}

function measuring({ id, tags, params, metrics }: MlflowRun, wanted: readonly string[]): MeasuringRun | undefined {
  const evaluated = tags.get(evaluatedKey) ?? params.get(evaluatedKey);
  if (evaluated === undefined) return undefined;
  const logged = metrics.flatMap(({ key, value }) =>
    typeof value === 'number' && Number.isFinite(value) ? [[key, value] as const] : [],
  );
  const value = (name: string) => logged.find(([key]) => key === name)?.[1];
  const n = value('n');
  const classes = classesOf(value);
  return {
    run: id,
    evaluated: evaluated.replace(/^azureml:/, ''),
    metrics: Object.fromEntries(logged.filter(([key]) => wanted.includes(key))),
    ...(n !== undefined && { n }),
    ...(classes && { classes }),
  };
}
