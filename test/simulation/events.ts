/** Events as Event Grid tells them, in either schema. */
import { MODEL, PLACES } from './azure.ts';
import type { Environment } from './plan.ts';

const PREFIX = 'Microsoft.MachineLearningServices.';
/** So long it is tried; what comes later was dead and is taken in again, from a container that may use the other schema. */
const GIVEN_UP_MINUTES = 60;

export interface MlEvent {
  readonly id: string;
  readonly where: Environment;
  readonly type: 'ModelRegistered' | 'RunStatusChanged';
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

export function modelRegistered(where: Environment, version: string, at: Date): MlEvent {
  const data = { ModelName: MODEL, ModelVersion: Number(version), ModelTags: {}, ModelProperties: {} };
  return { id: `model-${where}-${version}`, where, type: 'ModelRegistered', at, data };
}

/** A step of the monitor's run found something. */
export function breached(where: Environment, run: string, signals: readonly string[], at: Date): MlEvent {
  const runTags = { azureml_modelmonitor_threshold_breached: signals.join(', ') };
  return { id: `monitor-${run}`, where, type: 'RunStatusChanged', at, data: { runId: `${run}-step`, runStatus: 'Running', runTags } }; // prettier-ignore
}

/** As it is delivered so many minutes after it happened. */
export function delivered({ id, where, type, at, data }: MlEvent, minutes: number): object {
  const { workspace } = PLACES[where];
  const time = at.toISOString();
  if (minutes < GIVEN_UP_MINUTES)
    return { id, topic: workspace, subject: id, eventType: PREFIX + type, eventTime: time, data, dataVersion: '', metadataVersion: '1' }; // prettier-ignore
  return { id, source: workspace, subject: id, type: PREFIX + type, time, specversion: '1.0', data };
}
