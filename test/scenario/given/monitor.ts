import type { Azure } from '../../../demo/azure.ts';
import type { Workspace } from '../../../emulator/world.ts';
import { eventually } from './eventually.ts';
import type { Stack } from './stack.ts';
import { uploadText } from './team.ts';

/**
 * What the endpoint was asked: numbers like those of the data, newer ones, or such of which every other is missing. The
 * monitor finds nothing, drift, or drift and broken data.
 */
export type Asked = 'familiar' | 'newer' | 'broken';
const ROWS = 200;

export interface Monitor {
  readonly name: string;
  run(asked?: Asked): Promise<string>;
}

interface Watched {
  readonly azure: Azure;
  readonly workspace: Workspace;
  readonly model: string;
  readonly endpoint: string;
  readonly data: string;
}

/** A real one, which runs only when it is told to: it compares what was collected with the first version of the data. */
export async function monitorOf(stack: Stack, watched: Watched): Promise<Monitor> {
  const { azure, workspace, model } = watched;
  const name = `${model}-monitor`;
  await azure.put(`/schedules/${name}`, { properties: await schedule(name, watched) });
  return {
    name,
    async run(asked) {
      if (asked) await collect(stack, azure, model, asked);
      const answer = await fetch(`${stack.world.origin}/_control/monitors/${workspace.name}/${name}/run`, { method: 'POST' });
      const { run } = (await answer.json()) as { run: string };
      return eventually(() => {
        const { status } = workspace.runs.get(run) ?? {};
        if (status !== 'Completed') throw new Error(`the monitor's run is ${status}: ${workspace.jobs.get(run)?.log}`);
        return run;
      });
    },
  };
} // prettier-ignore

/** As the data collector writes it; again replaces what was. */
async function collect(stack: Stack, azure: Azure, model: string, asked: Asked): Promise<void> {
  const time = new Date(stack.world.clock.now().getTime() - 1000).toISOString();
  const lines = Array.from({ length: ROWS }, (_, n) => {
    const text = asked === 'broken' && n % 2 === 0 ? '' : String(asked === 'familiar' ? n : n + ROWS);
    return JSON.stringify({ specversion: '1.0', time, data: { mails: [{ text }] } });
  });
  await uploadText(stack, azure, `served/${model}/asked.jsonl`, lines.join('\n'));
}

async function schedule(name: string, { azure, model, endpoint, data }: Watched): Promise<Record<string, unknown>> {
  const componentId = await preprocessing(azure);
  const signal = (signalType: string, metric: string, value: number) => ({
    signalType,
    features: { filterType: 'FeatureSubset', features: ['x'] },
    metricThresholds: [{ dataType: 'Numerical', metric, threshold: { value } }],
    productionData: {
      inputDataType: 'Rolling', jobInputType: 'uri_folder', uri: `azureml:${model}-served:1`, dataContext: 'model_inputs',
      preprocessingComponentId: componentId, windowSize: 'P1D', windowOffset: 'PT0S',
    },
    referenceData: { inputDataType: 'Fixed', jobInputType: 'uri_file', uri: `azureml:${data}:1`, dataContext: 'training' },
  });
  return {
    trigger: { triggerType: 'Recurrence', frequency: 'Day', interval: 1, startTime: '2100-01-01T00:00:00' },
    action: {
      actionType: 'CreateMonitor',
      monitorDefinition: {
        computeConfiguration: { computeType: 'ServerlessSpark', computeIdentity: { computeIdentityType: 'AmlToken' }, instanceType: 'standard_e4s_v3', runtimeVersion: '3.4' },
        monitoringTarget: { taskType: 'Classification', deploymentId: `azureml:${endpoint}:first` },
        signals: {
          [`${name}_drift`]: signal('DataDrift', 'NormalizedWassersteinDistance', 0.5),
          [`${name}_quality`]: signal('DataQuality', 'NullValueRate', 0.1),
        },
      },
    },
  };
} // prettier-ignore

async function preprocessing(azure: Azure): Promise<string | undefined> {
  const componentSpec = {
    name: 'served', version: '1', type: 'command',
    command: 'node served.js --data ${{inputs.input_data}} --from ${{inputs.data_window_start}} --to ${{inputs.data_window_end}} --table ${{outputs.preprocessed_data}}',
    code: `${azure.id}/codes/tiny/versions/1`,
    environment: `${azure.id}/environments/node/versions/1`,
    inputs: { data_window_start: { type: 'string' }, data_window_end: { type: 'string' }, input_data: { type: 'uri_folder' } },
    outputs: { preprocessed_data: { type: 'mltable' } },
  };
  return (await azure.put('/components/served/versions/1', { properties: { componentSpec } })).body.id;
} // prettier-ignore
