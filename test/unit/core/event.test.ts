import { describe, expect, test } from 'vitest';
import { isTerminal, parseEvent, unremarkable, type MlEvent } from '../../../src/lib/core/event.ts';
import { workspaceId } from './policy/given.ts';

const workspace = workspaceId('ml-prod');
const type = (name: string) => `Microsoft.MachineLearningServices.${name}`;
const eventGrid = (name: string, data: unknown) => ({ id: 'e1', topic: workspace, subject: 's', eventType: type(name), eventTime: '2026-03-02T10:00:00Z', data, dataVersion: '2', metadataVersion: '1' }); // prettier-ignore
const cloud = (name: string, data: unknown) => ({ id: 'e1', source: workspace, subject: 's', type: type(name), time: '2026-03-02T10:00:00Z', specversion: '1.0', data }); // prettier-ignore

describe.each([
  ['Event Grid schema', eventGrid],
  ['CloudEvents', cloud],
])('%s', (_, make) => {
  const model = { kind: 'modelRegistered', workspace, model: 'spam-filter', version: '20' } as const;
  const run = { kind: 'run', workspace, run: 'r-1' } as const;
  const rows: [string, string, unknown, MlEvent][] = [
    ['PascalCase, version a number', 'ModelRegistered', { ModelName: 'spam-filter', ModelVersion: 20, ModelTags: {} }, model],
    ['version text', 'ModelRegistered', { ModelName: 'spam-filter', ModelVersion: '20' }, model],
    ['camelCase', 'ModelRegistered', { modelName: 'spam-filter', modelVersion: 20 }, model],
    ['version zero', 'ModelRegistered', { ModelName: 'spam-filter', ModelVersion: 0 }, { ...model, version: '0' }],
    ['a deployment', 'ModelDeployed', { ServiceName: 'spam-online', ModelIds: 'a:1,b:2' }, { kind: 'modelDeployed', workspace, id: 'e1', endpoint: 'spam-online' }],
    ['a completed run, runType null', 'RunCompleted', { experimentId: 'x', runId: 'r-1', runType: null, runTags: null }, { ...run, status: 'Completed' }],
    ['a run’s status', 'RunStatusChanged', { runId: 'r-1', runStatus: 'failed', runType: 'azureml.StepRun' }, { ...run, status: 'failed', child: true }],
    ['a run in PascalCase', 'RunStatusChanged', { RunId: 'r-1', RunStatus: 'Canceled' }, { ...run, status: 'Canceled' }],
    ['drift, times the text null', 'DatasetDriftDetected', { DataDriftId: 'd', DriftCoefficient: 0.6, StartTime: 'null' }, { kind: 'drift', workspace, drift: 'd', name: 'd', run: 'e1', coefficient: 0.6 }],
    ['unknown fields', 'RunCompleted', { runId: 'r-1', CreatedBy: { nested: [1] } }, { ...run, status: 'Completed' }],
  ]; // prettier-ignore
  test.each(rows)('%s', (_, name, data, event) => {
    expect(parseEvent(make(name, data))).toEqual({ result: 'event', event });
  });

  test.each([
    ['no version', 'ModelRegistered', { ModelName: 'spam-filter' }, 'data lacks version'],
    ['nothing', 'ModelRegistered', {}, 'data lacks model, version'],
    ['an empty name', 'ModelRegistered', { ModelName: '', ModelVersion: 1 }, 'data lacks model'],
    ['a version that is no number', 'ModelRegistered', { ModelName: 'm', ModelVersion: Number.NaN }, 'data lacks version'], // prettier-ignore
    ['a version that is an object', 'ModelRegistered', { ModelName: 'm', ModelVersion: {} }, 'data lacks version'],
    ['no status', 'RunStatusChanged', { runId: 'r-1' }, 'data lacks status'],
    ['no service', 'ModelDeployed', {}, 'data lacks endpoint'],
    ['a run id that no run can have', 'RunCompleted', { runId: 'r'.repeat(257) }, 'data has too long a run'],
    ['no monitor', 'DatasetDriftDetected', { DataDriftName: 'mails', RunId: 'r-1' }, 'data lacks drift'],
  ])('is malformed with %s', (_, name, data, reason) => {
    expect(parseEvent(make(name, data))).toEqual({ result: 'malformed', reason });
  });

  test('of a type that nobody knows is ignored by name', () => {
    expect(parseEvent(make('ModelDeleted', {}))).toEqual({ result: 'ignored', reason: `type ${type('ModelDeleted')}` });
    const storage = { ...make('x', {}), type: 'Microsoft.Storage.BlobCreated', eventType: 'Microsoft.Storage.BlobCreated' }; // prettier-ignore
    expect(parseEvent(storage)).toMatchObject({ result: 'ignored' });
  });
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['text', 'event'],
  ['a list', [eventGrid('RunCompleted', { runId: 'r' })]],
  ['an empty object', {}],
  ['no data', { ...eventGrid('RunCompleted', {}), data: undefined }],
  ['data that is text', eventGrid('RunCompleted', 'r-1')],
  ['data that is null', eventGrid('RunCompleted', null)],
  ['specVersion in another spelling', { ...cloud('RunCompleted', { runId: 'r' }), specversion: undefined, specVersion: '1.0' }], // prettier-ignore
  ['another version of CloudEvents', { ...cloud('RunCompleted', { runId: 'r' }), specversion: '0.3' }],
])('%s is malformed, and says why', (_, raw) => {
  const parsed = parseEvent(raw);
  expect(parsed.result).toBe('malformed');
  expect(parsed.result === 'malformed' && parsed.reason).toMatch(/^neither an Event Grid event nor a CloudEvent: .+/);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 'NaN', 'Infinity', '', ' ', '0x1F', 'high', null, 'null', true, [0.5], { value: 0.5 }])(
  'a drift coefficient of %j is none',
  (DriftCoefficient) => {
    const parsed = parseEvent(eventGrid('DatasetDriftDetected', { DataDriftId: 'd', DriftCoefficient }));
    expect(parsed).toEqual({ result: 'event', event: { kind: 'drift', workspace, drift: 'd', name: 'd', run: 'e1' } });
  },
); // prettier-ignore

test.each([
  [0, 0],
  ['0.42', 0.42],
  [' 1e-3 ', 0.001],
  ['-.5', -0.5],
])('a drift coefficient of %j is %d', (DriftCoefficient, coefficient) => {
  expect(parseEvent(eventGrid('DatasetDriftDetected', { DataDriftId: 'd', DriftCoefficient }))).toMatchObject({ event: { coefficient } }); // prettier-ignore
});

test.each([
  ['Running', undefined, undefined, 'a run that goes on'],
  ['Failed', undefined, undefined, 'a run of others'],
  ['Failed', true, undefined, 'a step or child of a run'],
  ['Running', true, { tag: 'x' }, undefined],
  ['Completed', undefined, { tag: 'x' }, undefined],
] as const)('%s, child %s, tags %j: %s', (status, child, thresholdTags, reason) => {
  const run = { kind: 'run', workspace, run: 'r-1', status, ...(child && { child }), ...(thresholdTags && { thresholdTags }) } as const; // prettier-ignore
  expect(unremarkable(run)).toBe(reason);
});

test.each([
  ['Completed', true],
  ['failed', true],
  ['CANCELED', true],
  ['Running', false],
  ['Finalizing', false],
  ['CancelRequested', false],
  ['NotResponding', false],
])('%s ends a run: %s', (status, ends) => {
  expect(isTerminal(status)).toBe(ends);
});
