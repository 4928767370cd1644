import type { Places } from './checks.ts';
import { doubtsOf } from './checks.ts';
import { environmentFindings } from './environmentRules.ts';
import type { Finding, PolicyFault, Source } from './fault.ts';
import { findingsOf, placed, valueAt } from './fault.ts';
import type { Policy } from './policy.ts';
import { policySchema } from './policySchema.ts';
import type { Beside } from './requestFiles.ts';
import { inlineRequests } from './requestFiles.ts';
import { resolvePolicy } from './resolvePolicy.ts';
import { isMap } from './schemaShape.ts';
import { servesFindings } from './servesRules.ts';
import { readYaml } from './yamlSource.ts';

export interface ParsedPolicy {
  readonly policy: Policy;
  /** As written, request files inlined: what is stored, shown and given places. */
  readonly written: unknown;
  readonly source: Source;
  readonly warnings: readonly PolicyFault[];
}

/** All faults at once, with warnings among them, in the order of the file. */
export interface RefusedPolicy {
  readonly faults: readonly PolicyFault[];
}

export function parsePolicy(text: string, file: string, beside: Beside): ParsedPolicy | RefusedPolicy {
  const source = readYaml(text, file);
  if ('faults' in source) return source;
  const inlined = inlineRequests(source.data, beside);
  const { policy, findings } = interpretPolicy(inlined.data);
  // Only of a file: what was published before stays in force, whatever this version has come to look for.
  const doubts = policy === undefined ? [] : doubtsOf(policy, placesIn(inlined.data));
  const all = [...source.findings, ...inlined.findings, ...findings, ...doubts];
  const told = placed(source, all);
  if (policy === undefined || told.some(({ severity }) => severity === 'fault')) return { faults: told };
  return { policy, written: inlined.data, source, warnings: told };
}

/** Every rule that needs nothing but the policy itself. The policy is absent when the schema refuses it. */
export function interpretPolicy(data: unknown): { readonly policy?: Policy; readonly findings: readonly Finding[] } {
  const parsed = policySchema.safeParse(data);
  const findings = [...environmentFindings(data), ...servesFindings(data)];
  if (!parsed.success) return { findings: [...findingsOf(policySchema, data, parsed.error.issues), ...findings] };
  return { policy: resolvePolicy(parsed.data), findings };
}

function placesIn(written: unknown): Places {
  return {
    path: (environment, section) => sectionPath(written, environment, section),
    says: (path) => valueAt(written, path) !== undefined,
  };
}

/** Where the section that holds in an environment stands, or would stand. */
export function sectionPath(written: unknown, environment: string, section: string): PropertyKey[] {
  const environments = isMap(written) ? written['environments'] : undefined;
  const own = isMap(environments) ? environments[environment] : undefined;
  return isMap(own) && own[section] !== undefined ? ['environments', environment, section] : [section];
}
