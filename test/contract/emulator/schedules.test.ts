import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';

let emulator: TestEmulator;
let arm: ArmClient;

beforeAll(async () => {
  emulator = await startTestEmulator();
  arm = armClient(emulator.world, emulator.workspace);
});
afterAll(() => emulator.stop());

const window = { jobInputType: 'uri_folder', uri: 'azureml:served:1', windowSize: 'P1D', windowOffset: 'P0D' };
const drift = {
  signalType: 'DataDrift',
  productionData: { inputDataType: 'Rolling', ...window },
  referenceData: { inputDataType: 'Fixed', jobInputType: 'uri_file', uri: 'azureml:mails:1' },
  features: { filterType: 'FeatureSubset', features: ['length'] },
  metricThresholds: [{ dataType: 'Numerical', metric: 'JensenShannonDistance', threshold: { value: 0.1 } }],
};
const performance = {
  signalType: 'ModelPerformance',
  productionData: [{ inputDataType: 'Rolling', ...window }],
  referenceData: { inputDataType: 'Fixed', jobInputType: 'uri_file', uri: 'azureml:mails:1' },
  metricThreshold: { modelType: 'Classification', metric: 'Accuracy', threshold: { value: 0.9 } },
};
const monitor = (signals: object = { drift }, more: object = {}) => ({
  properties: {
    displayName: 'watch',
    trigger: { triggerType: 'Recurrence', frequency: 'Day', interval: 1, schedule: { hours: [3], minutes: [15] } },
    action: {
      actionType: 'CreateMonitor',
      monitorDefinition: {
        computeConfiguration: { computeType: 'ServerlessSpark', computeIdentity: { computeIdentityType: 'AmlToken' }, instanceType: 'standard_e4s_v3', runtimeVersion: '3.4' },
        monitoringTarget: { taskType: 'Classification', deploymentId: `${emulator.workspace.id}/onlineEndpoints/spam/deployments/blue` },
        signals,
      },
    },
    ...more,
  },
}); // prettier-ignore
const nightly = (more: object = {}) => ({
  properties: {
    trigger: { triggerType: 'Cron', expression: '0 3 * * *', timeZone: 'W. Europe Standard Time' },
    action: { actionType: 'CreateJob', jobDefinition: { jobType: 'Pipeline', jobs: {} } },
    ...more,
  },
});
const put = (name: string, body: object) => arm.send('PUT', `/schedules/${name}`, body);

describe('a schedule', () => {
  it('is kept as it was sent, and read by the vendor client', async () => {
    const answer = await put('watch', monitor({ drift, performance }));
    expect([answer.status, answer.body['properties']]).toMatchObject([201, { provisioningState: 'Succeeded' }]);
    expect((await arm.send('GET', answer.headers['azure-asyncoperation'] ?? '')).body).toEqual({ status: 'Succeeded' });
    const read = await arm.sdk.schedules.get('rg', 'ml-prod', 'watch');
    expect(read).toMatchObject({
      id: `${emulator.workspace.id}/schedules/watch`,
      systemData: { createdAt: expect.any(Date) },
      properties: { displayName: 'watch', isEnabled: true, trigger: { triggerType: 'Recurrence', interval: 1 } },
    });
    expect(emulator.workspace.schedules.get('watch')?.properties).toMatchObject({
      action: { actionType: 'CreateMonitor', monitorDefinition: { signals: { drift, performance } } },
    });
  });

  it('is replaced whole by another PUT, and keeps the time it was made', async () => {
    await put('replaced', nightly({ tags: { a: '1' }, properties: { first: '1' } }));
    const before = emulator.workspace.schedules.get('replaced')?.createdAt;
    const { status, body } = await put(
      'replaced',
      nightly({ isEnabled: false, tags: {}, properties: { second: '2' } }),
    );
    expect([status, body['properties']]).toMatchObject([200, { isEnabled: false, tags: {}, properties: { first: '1', second: '2' } }]); // prettier-ignore
    expect(emulator.workspace.schedules.get('replaced')?.createdAt).toBe(before);
  });

  const lists = [
    { view: undefined, has: ['listed-on'] },
    { view: 'DisabledOnly', has: ['listed-off'] },
    { view: 'All', has: ['listed-on', 'listed-off'] },
  ];
  it.each(lists)('is listed newest first by whether it is enabled: $view', async ({ view, has }) => {
    await put('listed-off', nightly({ isEnabled: false }));
    await put('listed-on', nightly());
    const names: (string | undefined)[] = [];
    for await (const { name } of arm.sdk.schedules.list('rg', 'ml-prod', view === undefined ? {} : { listViewType: view })) names.push(name); // prettier-ignore
    expect(names.filter((name) => name?.startsWith('listed'))).toEqual(has);
    for (const name of ['listed-on', 'listed-off']) await arm.send('DELETE', `/schedules/${name}`);
  });

  it('is deleted through the vendor client; twice is once', async () => {
    await put('gone', nightly());
    await arm.sdk.schedules.beginDeleteAndWait('rg', 'ml-prod', 'gone', { updateIntervalInMs: 10 });
    await expect(arm.sdk.schedules.get('rg', 'ml-prod', 'gone')).rejects.toMatchObject({ statusCode: 404 });
    expect((await arm.send('DELETE', '/schedules/gone')).status).toBe(204);
  });

  const { metricThresholds: _dropped, ...aimless } = drift;
  const refused = [
    { what: 'no trigger', body: () => nightly({ trigger: undefined }), names: 'trigger' },
    { what: 'a cron expression of six fields', body: () => nightly({ trigger: { triggerType: 'Cron', expression: '0 0 3 * * *' } }), names: 'trigger.expression' },
    { what: 'an hour that no day has', body: () => nightly({ trigger: { triggerType: 'Cron', expression: '0 25 * * *' } }), names: 'trigger.expression' },
    { what: 'an interval of nothing', body: () => nightly({ trigger: { triggerType: 'Recurrence', frequency: 'Day', interval: 0 } }), names: 'trigger.interval' },
    { what: 'a start with an offset', body: () => nightly({ trigger: { triggerType: 'Cron', expression: '0 3 * * *', startTime: '2026-01-01T00:00:00Z' } }), names: 'trigger.startTime' },
    { what: 'a monitor without signals', body: () => monitor({}), names: 'monitorDefinition.signals' },
    { what: 'an unknown kind of signal', body: () => monitor({ drift: { ...drift, signalType: 'Drift' } }), names: 'signals.drift.signalType' },
    { what: 'a signal without thresholds', body: () => monitor({ drift: aimless }), names: 'signals.drift.metricThresholds' },
    { what: 'a metric for the other kind of feature', body: () => monitor({ drift: { ...drift, metricThresholds: [{ dataType: 'Categorical', metric: 'TwoSampleKolmogorovSmirnovTest' }] } }), names: 'metric' },
    { what: 'a window without a size', body: () => monitor({ drift: { ...drift, productionData: { ...window, inputDataType: 'Rolling', windowSize: undefined } } }), names: 'productionData.windowSize' },
    { what: 'a property that schedules do not have', body: () => nightly({ enabled: true }), names: 'enabled' },
  ]; // prettier-ignore
  it.each(refused)('is refused with $what', async ({ body, names }) => {
    const answer = await put('refused', body());
    expect([answer.status, answer.body.error?.message]).toEqual([400, expect.stringContaining(names)]);
    expect(emulator.workspace.schedules.has('refused')).toBe(false);
  });

  it('of a batch endpoint is a loud 501', async () => {
    const action = { actionType: 'InvokeBatchEndpoint', endpointInvocationDefinition: {} };
    expect((await put('batch', nightly({ action }))).status).toBe(501);
    expect(emulator.world.unimplemented.splice(0)).toHaveLength(1);
  });
});
