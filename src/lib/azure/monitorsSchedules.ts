import { z } from 'zod';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';

/** A schedule that runs a monitor, with the type that its definition gives each signal. */
export interface MonitorSchedule {
  readonly name: string;
  /** The endpoint whose deployment it watches, where it says so. */
  readonly endpoint?: string;
  readonly signals: ReadonlyMap<string, string | undefined>;
}

const definition = z.object({
  monitoringTarget: z.object({ deploymentId: z.string().nullish() }).nullish(),
  signals: z.record(z.string(), z.object({ signalType: z.string().nullish() }).nullish()).nullish(),
});
const schedule = z.object({
  name: z.string(),
  properties: z.object({
    isEnabled: z.boolean().nullish(),
    action: z.object({ actionType: z.string(), monitorDefinition: definition.nullish() }),
  }),
});
const schedules = z.object({ value: z.array(schedule), nextLink: z.string().nullish() });

const pageLimit = 50;

/** The enabled monitors of a workspace. Read as plain JSON: the client is older than monitors are. */
export async function monitorSchedules(
  arm: Pick<Arm, 'read'>,
  workspace: WorkspaceId,
): Promise<readonly MonitorSchedule[]> {
  const found: MonitorSchedule[] = [];
  let path: string | undefined = '/schedules';
  for (let page = 0; path !== undefined && page < pageLimit; page += 1) {
    const answer: z.output<typeof schedules> | undefined = await arm.read(workspace, { path }, schedules);
    found.push(...(answer?.value ?? []).flatMap(monitorOf));
    path = answer?.nextLink ?? undefined;
  }
  return found;
}

function monitorOf({ name, properties }: z.output<typeof schedule>): readonly MonitorSchedule[] {
  const { isEnabled, action } = properties;
  if (isEnabled === false || action.actionType !== 'CreateMonitor') return [];
  const { monitoringTarget, signals } = action.monitorDefinition ?? {};
  const endpoint = endpointOf(monitoringTarget?.deploymentId ?? '');
  const types = Object.entries(signals ?? {}).map(([signal, told]) => [signal, told?.signalType ?? undefined] as const);
  return [{ name, ...(endpoint !== undefined && { endpoint }), signals: new Map(types) }];
}

/** `azureml:endpoint:deployment`, or the ARM id of a deployment. */
function endpointOf(deploymentId: string): string | undefined {
  return (
    /^azureml:([^:/]+):[^:/]+$/.exec(deploymentId)?.[1] ??
    /\/onlineEndpoints\/([^/]+)\/deployments\/[^/]+$/i.exec(deploymentId)?.[1]
  );
}

/**
 * Those that watch the endpoint, whose name Azure compares without case; with a name, the one of that name, unless its target
 * is another endpoint. A monitor without a target (a model that is served elsewhere) has to be named.
 */
export function watching(
  monitors: readonly MonitorSchedule[],
  endpoint: string,
  name: string | undefined,
): readonly MonitorSchedule[] {
  return monitors.filter((monitor) => {
    const target = monitor.endpoint?.toLowerCase();
    const watches = target === endpoint.toLowerCase();
    return name === undefined ? watches : monitor.name === name && (watches || target === undefined);
  });
}
