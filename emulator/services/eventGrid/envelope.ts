import { randomUUID } from 'node:crypto';
import type { DatasetDrift, Run, WorkspaceEvent } from '../../world.ts';

export type Schema = 'EventGridSchema' | 'CloudEventSchemaV1_0';

/** An event before it takes the form of a subscription's schema. */
export interface GridEvent {
  readonly id: string;
  /** ARM id of the workspace. */
  readonly topic: string;
  readonly subject: string;
  readonly type: string;
  readonly time: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

const namespace = 'Microsoft.MachineLearningServices';
const dataVersion = '2';
const metadataVersion = '1';

/** The shape of run events: camelCase, unlike all other events of the workspace. */
function runData(run: Run): Record<string, unknown> {
  return {
    experimentId: run.experimentId,
    experimentName: run.experimentName,
    runId: run.id,
    runType: run.runType,
    runTags: Object.fromEntries(run.tags),
    runProperties: Object.fromEntries(run.properties),
  };
}

/** Versions that are whole numbers are sent as numbers. */
function modelVersion(version: string): number | string {
  return /^\d{1,15}$/.test(version) ? Number(version) : version;
}

function describe(event: WorkspaceEvent): Pick<GridEvent, 'type' | 'subject' | 'data'> {
  switch (event.kind) {
    case 'modelRegistered':
      return {
        type: `${namespace}.ModelRegistered`,
        subject: `models/${event.name}:${event.version}`,
        data: {
          ModelName: event.name,
          ModelVersion: modelVersion(event.version),
          ModelTags: { ...event.tags },
          ModelProperties: { ...event.properties },
        },
      };
    case 'modelDeployed':
      return {
        type: `${namespace}.ModelDeployed`,
        subject: `endpoints/${event.endpoint}`,
        data: {
          ServiceName: event.endpoint,
          ServiceComputeType: 'Managed',
          ModelIds: event.models.join(','),
          ServiceTags: {},
          ServiceProperties: {},
        },
      };
    case 'datasetDrift':
      return describeDrift(event.drift);
    case 'runCompleted':
    case 'runStatusChanged': {
      const { run, status, kind } = event;
      return {
        type: `${namespace}.${kind === 'runCompleted' ? 'RunCompleted' : 'RunStatusChanged'}`,
        subject: `experiments/${run.experimentId}/runs/${run.id}`,
        data: kind === 'runCompleted' ? runData(run) : { ...runData(run), runStatus: status },
      };
    }
  }
}

function describeDrift(drift: DatasetDrift): Pick<GridEvent, 'type' | 'subject' | 'data'> {
  return {
    type: `${namespace}.DatasetDriftDetected`,
    subject: `datadrifts/${drift.driftId}/runs/${drift.runId}`,
    data: {
      DataDriftId: drift.driftId,
      DataDriftName: drift.driftName,
      RunId: drift.runId,
      BaseDatasetId: drift.baseDatasetId,
      TargetDatasetId: drift.targetDatasetId,
      DriftCoefficient: drift.coefficient,
      StartTime: drift.startTime,
      EndTime: drift.endTime,
    },
  };
}

/** What is true now is written down now: tags may change before the event is delivered. */
export function workspaceEvent(event: WorkspaceEvent, topic: string, time: Date): GridEvent {
  return { id: randomUUID(), topic, time, ...describe(event) };
}

/** The JSON that a subscription of this schema receives. */
export function envelope(event: GridEvent, schema: Schema): Record<string, unknown> {
  const { id, topic, subject, type, data } = event;
  const time = event.time.toISOString();
  switch (schema) {
    case 'EventGridSchema':
      return { topic, subject, eventType: type, eventTime: time, id, data, dataVersion, metadataVersion };
    case 'CloudEventSchemaV1_0':
      return { source: topic, subject, type, time, id, data, specversion: '1.0' };
  }
}

/** Headers that come with a delivery in this schema. */
export function envelopeHeaders(schema: Schema): Record<string, string> {
  switch (schema) {
    case 'EventGridSchema':
      return {
        'content-type': 'application/json; charset=utf-8',
        'aeg-data-version': dataVersion,
        'aeg-metadata-version': metadataVersion,
      };
    case 'CloudEventSchemaV1_0':
      return { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  }
}
