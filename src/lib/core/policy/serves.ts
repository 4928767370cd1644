import type { EnvironmentPolicy } from './policy.ts';

/** The one place that chooses by the kind of the endpoint that a policy names. */
export function ofKind<T>(
  { serves }: Pick<EnvironmentPolicy, 'serves'>,
  kinds: Readonly<Record<EnvironmentPolicy['serves'], T>>,
): T {
  return kinds[serves];
}

/** Names of online and of batch endpoints do not meet: a place says which it is of. */
export function whereOf({ endpoint, serves }: Pick<EnvironmentPolicy, 'endpoint' | 'serves'>): {
  readonly endpoint: string;
  readonly serves?: 'batch';
} {
  return { endpoint, ...(serves === 'batch' ? { serves } : {}) };
}
