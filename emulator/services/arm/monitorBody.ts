import { z } from 'zod';
import { isoDuration, words } from './body.ts';

const threshold = z.strictObject({ value: z.number().exactOptional() }).exactOptional();
const place = {
  jobInputType: z.enum(['uri_file', 'uri_folder', 'mltable']),
  uri: z.string().min(1),
  columns: words.exactOptional(),
  dataContext: z.string().exactOptional(),
};

/** What a signal reads: all that is at the place, a window that moves with the run, or one between two instants. */
const inputData = z.discriminatedUnion('inputDataType', [
  z.strictObject({ inputDataType: z.literal('Fixed'), ...place }),
  z.strictObject({
    inputDataType: z.literal('Rolling'),
    ...place,
    preprocessingComponentId: z.string().exactOptional(),
    windowSize: isoDuration,
    windowOffset: isoDuration,
  }),
  z.strictObject({
    inputDataType: z.literal('Static'),
    ...place,
    preprocessingComponentId: z.string().exactOptional(),
    windowStart: z.iso.datetime(),
    windowEnd: z.iso.datetime(),
  }),
]);

const common = {
  notificationTypes: z.array(z.literal('AmlNotification')).exactOptional(),
  properties: words.exactOptional(),
};
const dataTypes = z.record(z.string(), z.enum(['Numerical', 'Categorical'])).exactOptional();
const importance = z.strictObject({
  mode: z.enum(['Disabled', 'Enabled']).exactOptional(),
  targetColumn: z.string().exactOptional(),
});
const features = z
  .discriminatedUnion('filterType', [
    z.strictObject({ filterType: z.literal('AllFeatures') }),
    z.strictObject({ filterType: z.literal('FeatureSubset'), features: z.array(z.string()).min(1) }),
    z.strictObject({ filterType: z.literal('TopNByAttribution'), top: z.int().min(1).exactOptional() }),
  ])
  .exactOptional();

/** Thresholds by kind of feature; some metrics are for one kind only. */
function thresholds<Numerical extends string, Categorical extends string>(
  numerical: readonly Numerical[],
  categorical: readonly Categorical[],
) {
  return z.array(
    z.discriminatedUnion('dataType', [
      z.strictObject({ dataType: z.literal('Numerical'), metric: z.enum(numerical), threshold }),
      z.strictObject({ dataType: z.literal('Categorical'), metric: z.enum(categorical), threshold }),
    ]),
  );
}

const distances = ['JensenShannonDistance', 'PopulationStabilityIndex'] as const;
const drift = thresholds(
  [...distances, 'NormalizedWassersteinDistance', 'TwoSampleKolmogorovSmirnovTest'],
  [...distances, 'PearsonsChiSquaredTest'],
);
const rates = ['NullValueRate', 'DataTypeErrorRate', 'OutOfBoundsRate'] as const;

const featureSignal = {
  ...common,
  featureDataTypeOverride: dataTypes,
  featureImportanceSettings: importance.exactOptional(),
  features,
  productionData: inputData,
  referenceData: inputData,
};

/** The types of the stable api-version; only `ModelPerformance` is from the preview ones, which alone have it. */
const signal = z.discriminatedUnion('signalType', [
  z.strictObject({ signalType: z.literal('DataDrift'), ...featureSignal, metricThresholds: drift }),
  z.strictObject({
    signalType: z.literal('DataQuality'),
    ...featureSignal,
    metricThresholds: thresholds(rates, rates),
  }),
  z.strictObject({
    signalType: z.literal('PredictionDrift'),
    ...common,
    featureDataTypeOverride: dataTypes,
    metricThresholds: drift,
    productionData: inputData,
    referenceData: inputData,
  }),
  z.strictObject({
    signalType: z.literal('FeatureAttributionDrift'),
    ...common,
    featureDataTypeOverride: dataTypes,
    featureImportanceSettings: importance,
    metricThreshold: z.strictObject({ metric: z.literal('NormalizedDiscountedCumulativeGain'), threshold }),
    productionData: z.array(inputData).min(1),
    referenceData: inputData,
  }),
  z.strictObject({
    signalType: z.literal('Custom'),
    ...common,
    componentId: z.string().min(1),
    inputAssets: z.record(z.string(), inputData).exactOptional(),
    inputs: z.record(z.string(), z.strictObject({ jobInputType: z.literal('literal'), value: z.string() })).exactOptional(), // prettier-ignore
    metricThresholds: z.array(z.strictObject({ metric: z.string(), threshold })),
  }),
  z.strictObject({
    signalType: z.literal('ModelPerformance'),
    ...common,
    metricThreshold: z.discriminatedUnion('modelType', [
      z.strictObject({ modelType: z.literal('Classification'), metric: z.enum(['Accuracy', 'Precision', 'Recall']), threshold }), // prettier-ignore
      z.strictObject({ modelType: z.literal('Regression'), metric: z.enum(['MeanAbsoluteError', 'MeanSquaredError', 'RootMeanSquaredError']), threshold }), // prettier-ignore
    ]),
    productionData: z.array(inputData).min(1),
    referenceData: inputData,
  }),
]);

/** What a model monitor watches, by which signals, and on what compute (api-version 2024-10-01), closed. */
export const monitorDefinition = z.strictObject({
  computeConfiguration: z.strictObject({
    computeType: z.literal('ServerlessSpark'),
    computeIdentity: z.discriminatedUnion('computeIdentityType', [
      z.strictObject({ computeIdentityType: z.literal('AmlToken') }),
      z.strictObject({ computeIdentityType: z.literal('ManagedIdentity'), identity: z.unknown().exactOptional() }),
    ]),
    instanceType: z.string().min(1),
    runtimeVersion: z.string().min(1),
  }),
  monitoringTarget: z
    .strictObject({
      taskType: z.enum(['Classification', 'Regression']),
      deploymentId: z.string().exactOptional(),
      modelId: z.string().exactOptional(),
    })
    .exactOptional(),
  signals: z.record(z.string(), signal).refine((signals) => Object.keys(signals).length > 0, 'has no signal'),
  alertNotificationSettings: z
    .strictObject({
      emailNotificationSettings: z.strictObject({ emails: z.array(z.string()).exactOptional() }).exactOptional(),
    })
    .exactOptional(),
});
