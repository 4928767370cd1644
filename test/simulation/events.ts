/** Events as Event Grid tells them, in either schema. */
import { MODEL, PLACES, TEMPLATE } from './azure.ts';
import type { Environment } from './plan.ts';

const PREFIX = 'Microsoft.MachineLearningServices.';
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

/** A run of the team's own, made from the job that trainings are made from. */
export function ended(where: Environment, run: string, at: Date): MlEvent {
  const data = { runId: run, runStatus: 'Completed', runTags: { 'steward.template': TEMPLATE } };
  return { id: run, where, type: 'RunStatusChanged', at, data };
}

/** So long it is tried; what was not taken by then is put into the container of dead letters. */
export function isDead(minutes: number): boolean {
  return minutes >= GIVEN_UP_MINUTES;
}

/** As it is delivered so many minutes after it happened. */
export function delivered({ id, where, type, at, data }: MlEvent, minutes: number): object {
  const { workspace } = PLACES[where];
  const time = at.toISOString();
  // The subscription that leaves dead letters may use the other schema.
  if (!isDead(minutes))
    return { id, topic: workspace, subject: id, eventType: PREFIX + type, eventTime: time, data, dataVersion: '', metadataVersion: '1' }; // prettier-ignore
  return { id, source: workspace, subject: id, type: PREFIX + type, time, specversion: '1.0', data };
}
