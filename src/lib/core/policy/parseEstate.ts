import { CHECKS } from './checks/catalogue.ts';
import type { Estate } from './estate.ts';
import { estateSchema } from './estateSchema.ts';
import type { Finding, PolicyFault, Source } from './fault.ts';
import { findingsOf, placed } from './fault.ts';
import { readYaml } from './yamlSource.ts';

export interface ParsedEstate {
  readonly estate: Estate;
  readonly written: unknown;
  readonly source: Source;
  readonly warnings: readonly PolicyFault[];
}

export function parseEstate(text: string, file: string): ParsedEstate | { readonly faults: readonly PolicyFault[] } {
  const source = readYaml(text, file);
  if ('faults' in source) return source;
  const { estate, findings } = interpretEstate(source.data);
  const all = [...source.findings, ...findings, ...(estate === undefined ? [] : floorDoubts(estate))];
  const told = placed(source, all);
  if (estate === undefined || told.some(({ severity }) => severity === 'fault')) return { faults: told };
  return { estate, written: source.data, source, warnings: told };
}

/** Every rule that needs nothing but the estate itself. */
export function interpretEstate(data: unknown): { readonly estate?: Estate; readonly findings: readonly Finding[] } {
  const parsed = estateSchema.safeParse(data);
  if (!parsed.success) return { findings: findingsOf(estateSchema, data, parsed.error.issues) };
  return { estate: parsed.data, findings: [...sameWorkspaceFindings(parsed.data), ...channelFindings(parsed.data)] };
}

function sameWorkspaceFindings({ workspaces }: Estate): Finding[] {
  const seen = new Map<string, string>();
  return Object.entries(workspaces).flatMap(([name, { id }]): Finding[] => {
    const other = seen.get(id.toLowerCase());
    seen.set(id.toLowerCase(), name);
    if (other === undefined) return [];
    const message = `expected a workspace of its own, got the one of ${other}: one workspace is exactly one environment`;
    return [{ severity: 'fault', path: ['workspaces', name, 'id'], message }];
  });
}

/** A message nobody would send must not look as if it were sent. Remove when the webhook channel exists. */
function channelFindings({ channels }: Estate): Finding[] {
  return Object.entries(channels).flatMap(([name, { kind }]): Finding[] => {
    if (kind !== 'webhook') return [];
    const message = 'not supported by this version: nothing would be sent';
    return [{ severity: 'fault', path: ['channels', name, 'webhook'], message, atKey: true }];
  });
}

function floorDoubts({ floor }: Estate): Finding[] {
  return Object.entries(floor).flatMap(([environment, values]) => {
    const nothing = [
      ...(values.maxFirstStepPercent === 100 ? ['maxFirstStep'] : []),
      ...([['minBake', values.minBakeMs], ['minWatch', values.minWatchMs], ['minKeepPrevious', values.minKeepPreviousMs]] as const).flatMap(([key, ms]) => (ms === 0 ? [key] : [])),
    ];
    return nothing.map((key): Finding => ({ severity: CHECKS.floorHoldsNothing.severity, check: 'floorHoldsNothing', path: ['floor', environment, key], message: 'every policy keeps to this: it holds nothing' }));
  });
} // prettier-ignore
