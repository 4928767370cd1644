import { z } from 'zod';
import { must, until } from './scene.ts';
import type { Stack } from './stack.ts';
import { MONITOR } from './team.ts';

const TAG = 'azureml_modelmonitor_threshold_breached';
const RUN_LIMIT_MS = 30_000;

/** A feature that went over its threshold, in the monitor's words. */
const finding = z.object({ group: z.string(), metric_name: z.string(), metric_value: z.number(), threshold_value: z.number() }); // prettier-ignore
export type Finding = z.infer<typeof finding>;

/** What happened to the events that told a finding. */
export interface Telling {
  readonly events: number;
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
}

export interface MonitorRun {
  readonly run: string;
  readonly at: Date;
  readonly findings: readonly Finding[];
}

/** Presses "run now" and waits for the end: what the monitor found stands in the tag that it set. */
export async function runMonitor({ world, workspace }: Stack): Promise<MonitorRun> {
  const asked = await fetch(`${world.origin}/_control/monitors/${workspace.name}/${MONITOR}/run`, { method: 'POST' });
  const { run } = z.object({ run: z.string() }).parse(await asked.json());
  const root = await until(
    () => [workspace.runs.get(run)].find((found) => found?.endedAt !== undefined),
    () => `The run ${run} of the monitor has not ended after ${RUN_LIMIT_MS / 1000} s.`,
    RUN_LIMIT_MS,
  );
  must(root.status === 'Completed', `The run of the monitor ended as ${root.status}: ${workspace.jobs.get(run)?.log}`);
  const messages = [...workspace.runs.values()].flatMap(({ parentId, tags }) => (parentId === run ? (tags.get(TAG) ?? []) : [])); // prettier-ignore
  return { run, at: root.startedAt, findings: messages.flatMap(findingsIn) };
}

/** Rows stand in the message as quoted JSON. */
function findingsIn(message: string): Finding[] {
  return [...message.matchAll(/'(\{[^{}]*\})'/g)].map(([, row]) => finding.parse(JSON.parse(row ?? '')));
}

const runTags = z.object({ runTags: z.record(z.string(), z.string()) });

/** Among the events that Azure raised: those that carry the finding of this run. */
export function tellingOf({ events }: Pick<Stack, 'events'>, run: string): Telling {
  const told = events.records.filter(({ event }) => {
    const tags = runTags.safeParse(event.data).data?.runTags ?? {};
    return tags['azureml.pipelinerunid'] === run && TAG in tags;
  });
  const suffering = (kind: string) => told.filter(({ mischief }) => mischief === kind).length;
  return { events: told.length, lost: suffering('lose'), doubled: suffering('double'), late: suffering('delay') };
}
