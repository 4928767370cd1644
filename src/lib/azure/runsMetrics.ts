import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { Evidence } from '../core/gate/evidence.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { mlflowAddress } from './workspace.ts';

/** Not finite comes as text or null, depending on the server. */
const metric = z.object({
  key: z.string(),
  value: z.union([z.number(), z.string(), z.null()]).optional(),
  timestamp: z.coerce.number(),
});
const run = z.object({
  info: z.object({ experiment_id: z.string() }),
  data: z.object({ metrics: z.array(metric).nullish() }).nullish(),
});
const oneRun = z.object({ run });
const manyRuns = z.object({ runs: z.array(run).nullish(), next_page_token: z.string().nullish() });
type Metric = z.output<typeof metric>;

export interface RunMetrics {
  readonly metrics: Evidence['metrics'];
  readonly n?: number;
  readonly faults: readonly string[];
}

/** The last values of `champion.<metric>`, `challenger.<metric>` and `n`, from the job's run or from its steps'. */
export async function runMetrics(
  arm: Arm,
  workspace: WorkspaceId,
  job: string,
  wanted: readonly string[],
): Promise<RunMetrics> {
  const address = await mlflowAddress(arm, workspace);
  const path = `${address}/runs/get?run_id=${encodeURIComponent(job)}`;
  const root = await arm.read(workspace, { path }, oneRun);
  if (root === undefined) throw new Refused('notFound', 'Azure ML', `There is no run ${job}`);
  let logged = root.run.data?.metrics ?? [];
  const names = new Set(wanted.flatMap((name) => [`champion.${name}`, `challenger.${name}`]));
  if (!logged.some(({ key }) => names.has(key))) {
    // The root of a pipeline usually has none: the step that evaluates has them.
    logged = [...logged, ...(await stepMetrics(arm, workspace, address, job, root.run.info.experiment_id))];
  }
  return pick(logged, wanted);
}

async function stepMetrics(
  arm: Arm,
  workspace: WorkspaceId,
  address: string,
  job: string,
  experiment: string,
): Promise<readonly Metric[]> {
  const found: Metric[] = [];
  let token: string | undefined;
  do {
    const page = await arm.read(
      workspace,
      {
        method: 'POST',
        path: `${address}/runs/search`,
        body: {
          experiment_ids: [experiment],
          filter: `tags.mlflow.rootRunId = '${job}'`,
          max_results: 100,
          ...(token !== undefined && { page_token: token }),
        },
      },
      manyRuns,
    );
    found.push(...(page?.runs ?? []).flatMap(({ data }) => data?.metrics ?? []));
    token = page?.next_page_token ?? undefined;
  } while (token !== undefined && token !== '');
  return found;
}

/** Newest first where a name was logged more than once (by several steps). */
function pick(logged: readonly Metric[], wanted: readonly string[]): RunMetrics {
  const faults: string[] = [];
  const last = new Map<string, Metric>();
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
  return { metrics: Object.fromEntries(metrics), ...(n !== undefined && { n }), faults };
}
