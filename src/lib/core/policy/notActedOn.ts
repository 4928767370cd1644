import type { Finding } from './fault.ts';
import { isMap } from './schemaShape.ts';

interface NotActedOn {
  /** Inside a policy, or inside one of its environments. */
  readonly path: readonly string[];
  /** Only this value is not acted on; absent: any value but an empty list. */
  readonly value?: string;
  readonly message: string;
}

/**
 * What this version reads but does not act on. A demand for safety that nobody would obey is a fault. Whoever builds one
 * of these removes its line, and nothing else needs to change.
 */
export const NOT_ACTED_ON: readonly NotActedOn[] = [
  { ...demand(['rollout', 'canary', 'traffic'], 'canaries are judged by metrics only'), value: 'log' },
];

function demand(path: readonly string[], consequence: string): NotActedOn {
  return { path, message: `not supported by this version: ${consequence}` };
}

export function notActedOnFindings(written: unknown): Finding[] {
  if (!isMap(written)) return [];
  const environments = isMap(written['environments']) ? written['environments'] : {};
  const places = [
    { base: [], data: written },
    ...Object.entries(environments).map(([name, data]) => ({ base: ['environments', name], data })),
  ];
  return places.flatMap(({ base, data }) =>
    NOT_ACTED_ON.filter((entry) => demanded(data, entry)).map(({ path, message }): Finding => ({
      severity: 'fault',
      path: [...base, ...path],
      message,
      atKey: true,
    })),
  );
}

function demanded(data: unknown, { path, value }: NotActedOn): boolean {
  const found = path.reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), data);
  if (value !== undefined) return found === value;
  return found !== undefined && !(Array.isArray(found) && found.length === 0);
}
