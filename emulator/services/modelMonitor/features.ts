import type { FeatureSignal } from './definition.ts';
import { NotDone } from './notDone.ts';
import type { Row } from './tables.ts';

/** One column of both tables. Values are as they stand in the rows, also null and absent ones. */
export interface Feature {
  readonly name: string;
  readonly dataType: 'Numerical' | 'Categorical';
  readonly reference: readonly unknown[];
  readonly production: readonly unknown[];
}

/** What the reference has and the signal asks for. A column of numbers is numerical unless the signal says otherwise. */
export function featuresOf(
  { features, featureDataTypeOverride }: FeatureSignal,
  reference: readonly Row[],
  production: readonly Row[],
): Feature[] {
  if (features?.filterType === 'TopNByAttribution') throw new NotDone('the feature filter TopNByAttribution');
  const asked = features?.filterType === 'FeatureSubset' ? features.features : undefined;
  const names = [...new Set(reference.flatMap((row) => Object.keys(row)))];
  return names
    .filter((name) => asked?.includes(name) ?? true)
    .map((name) => {
      const column = reference.map((row) => row[name]);
      const numbers = column.every((value) => isMissing(value) || typeof value === 'number');
      const dataType = featureDataTypeOverride?.[name] ?? (numbers ? 'Numerical' : 'Categorical');
      return { name, dataType, reference: column, production: production.map((row) => row[name]) };
    });
}

export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || Number.isNaN(value);
}

export function numbersIn(values: readonly unknown[]): number[] {
  return values.filter((value) => typeof value === 'number').filter(Number.isFinite);
}

export function present(values: readonly unknown[]): unknown[] {
  return values.filter((value) => !isMissing(value));
}
