import { z } from 'zod';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { mlflowAddress } from './workspace.ts';

const ended = ['FINISHED', 'FAILED', 'KILLED'];
const time = z.coerce.number().nullish();
const text = z.object({ key: z.string(), value: z.string() });
/** Not finite comes as text or null, depending on the server. */
const metric = z.object({
  key: z.string(),
  value: z.union([z.number(), z.string(), z.null()]).optional(),
  timestamp: z.coerce.number(),
});
export type MlflowMetric = z.output<typeof metric>;
const run = z
  .object({
    info: z.object({
      run_id: z.string(),
      run_name: z.string().nullish(),
      experiment_id: z.string(),
      status: z.string(),
      start_time: time,
      end_time: time,
    }),
    data: z
      .object({
        tags: z.array(text).nullish(),
        params: z.array(text).nullish(),
        metrics: z.array(metric).nullish(),
      })
      .nullish(),
  })
  .transform(({ info, data }) => ({
    id: info.run_id,
    name: info.run_name ?? undefined,
    experiment: info.experiment_id,
    ended: ended.includes(info.status),
    completed: info.status === 'FINISHED',
    failed: info.status === 'FAILED',
    startedAt: dateOf(info.start_time),
    endedAt: dateOf(info.end_time),
    tags: new Map((data?.tags ?? []).map(({ key, value }) => [key, value])),
    params: new Map((data?.params ?? []).map(({ key, value }) => [key, value])),
    /** The last value of each, as the service tells it. */
    metrics: data?.metrics ?? [],
  }));
const oneRun = z.object({ run });
const manyRuns = z.object({ runs: z.array(run).nullish(), next_page_token: z.string().nullish() });

export type MlflowRun = z.output<typeof run>;

/** Runs as MLflow knows them: of jobs, of their steps and children, of trials. */
export interface MlflowRuns {
  /** Undefined = there is no such run. */
  run(id: string): Promise<MlflowRun | undefined>;
  /** Everything below a root run, newest first, at most `treeLimit`; the root itself may be among them. */
  tree(root: MlflowRun): Promise<readonly MlflowRun[]>;
}

/** More steps and trials than a training or a monitor has; what is beyond is not looked at. */
const treeLimit = 500;
const pageSize = 100;

export async function openMlflow(arm: Arm, workspace: WorkspaceId): Promise<MlflowRuns> {
  const address = await mlflowAddress(arm, workspace);
  return {
    async run(id) {
      const found = await arm.read(workspace, { path: `${address}/runs/get?run_id=${encodeURIComponent(id)}` }, oneRun);
      return found?.run;
    },
    async tree(root) {
      const found: MlflowRun[] = [];
      let token: string | undefined;
      do {
        const body = {
          experiment_ids: [root.experiment],
          filter: `tags.mlflow.rootRunId = '${root.id}'`,
          max_results: pageSize,
          ...(token !== undefined && { page_token: token }),
        };
        const page = await arm.read(workspace, { method: 'POST', path: `${address}/runs/search`, body }, manyRuns);
        found.push(...(page?.runs ?? []));
        token = page?.next_page_token ?? '';
      } while (token !== '' && found.length < treeLimit);
      return found;
    },
  };
}

/** The run that a step or child belongs to, by MLflow's tag or by that of older pipelines; a run of its own is its root. */
export function rootIdOf({ id, tags }: MlflowRun): string {
  return tags.get('mlflow.rootRunId') ?? tags.get('azureml.pipelinerunid') ?? id;
}

function dateOf(ms: number | null | undefined): Date | undefined {
  return ms === undefined || ms === null || ms === 0 ? undefined : new Date(ms);
}
