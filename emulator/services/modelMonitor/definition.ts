import { z } from 'zod';
import { isoDurationMs } from '../../runtime/isoDuration.ts';
import type { Resource } from '../../world.ts';
import { NotDone } from './notDone.ts';

/** Of a schedule's body, what a run of its monitor reads. The ARM service has checked the body as it was put. */

const duration = z.string().transform((text, context) => {
  const durationMs = isoDurationMs(text);
  if (durationMs === undefined) context.addIssue(`${text} is not an ISO 8601 duration of weeks, days and times`);
  return durationMs ?? 0;
});
const place = {
  jobInputType: z.enum(['uri_file', 'uri_folder', 'mltable']),
  uri: z.string(),
  columns: z.record(z.string(), z.string()).nullish(),
};
const preprocessingComponentId = z.string().nullish();
const inputData = z.discriminatedUnion('inputDataType', [
  z.object({ inputDataType: z.literal('Fixed'), ...place }),
  z.object({ inputDataType: z.literal('Rolling'), ...place, preprocessingComponentId, windowSize: duration, windowOffset: duration }),
  z.object({ inputDataType: z.literal('Static'), ...place, preprocessingComponentId, windowStart: z.coerce.date(), windowEnd: z.coerce.date() }),
]); // prettier-ignore
export type InputData = z.infer<typeof inputData>;

const threshold = z.object({ value: z.number().nullish() }).nullish();
const metricThreshold = z.object({ dataType: z.enum(['Numerical', 'Categorical']), metric: z.string(), threshold });
export type MetricThreshold = z.infer<typeof metricThreshold>;

const features = z
  .discriminatedUnion('filterType', [
    z.object({ filterType: z.literal('AllFeatures') }),
    z.object({ filterType: z.literal('FeatureSubset'), features: z.array(z.string()) }),
    z.object({ filterType: z.literal('TopNByAttribution') }),
  ])
  .nullish();

const common = { notificationTypes: z.array(z.string()).nullish() };
const featureSignal = z.object({
  ...common,
  signalType: z.enum(['DataDrift', 'PredictionDrift', 'DataQuality']),
  features,
  featureDataTypeOverride: z.record(z.string(), z.enum(['Numerical', 'Categorical'])).nullish(),
  metricThresholds: z.array(metricThreshold),
  productionData: inputData,
  referenceData: inputData,
});
export type FeatureSignal = z.infer<typeof featureSignal>;

const performanceSignal = z.object({
  ...common,
  signalType: z.literal('ModelPerformance'),
  metricThreshold: z.object({ metric: z.string(), threshold }),
  productionData: z.array(inputData).length(1, 'one place of served predictions is read, no more'),
  referenceData: inputData,
});
export type PerformanceSignal = z.infer<typeof performanceSignal>;

const signal = z.discriminatedUnion('signalType', [featureSignal, performanceSignal]);
export type Signal = z.infer<typeof signal>;

const monitorSchema = z.object({
  signals: z.record(z.string(), signal),
  alertNotificationSettings: z
    .object({ emailNotificationSettings: z.object({ emails: z.array(z.string()).nullish() }).nullish() })
    .nullish(),
});
export type Monitor = z.infer<typeof monitorSchema>;

const actionSchema = z.object({ actionType: z.string(), monitorDefinition: z.unknown() });

export function isMonitor({ properties }: Resource): boolean {
  return actionSchema.safeParse(properties['action']).data?.actionType === 'CreateMonitor';
}

/** Throws with every fault: signals of types that are not done here are faults, too. */
export function parseMonitor({ name, properties }: Resource): Monitor {
  const { monitorDefinition } = actionSchema.parse(properties['action']);
  const parsed = monitorSchema.safeParse(monitorDefinition);
  if (!parsed.success) throw new NotDone(`monitor ${name}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
