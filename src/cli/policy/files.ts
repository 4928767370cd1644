import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { PolicyFault } from '../../lib/core/policy/fault.ts';
import { faultLine } from '../../lib/core/policy/fault.ts';
import type { ParsedEstate } from '../../lib/core/policy/parseEstate.ts';
import { parseEstate } from '../../lib/core/policy/parseEstate.ts';
import type { ParsedPolicy } from '../../lib/core/policy/parsePolicy.ts';
import { parsePolicy } from '../../lib/core/policy/parsePolicy.ts';
import { schemaFault } from '../../lib/core/smoke/body.ts';

export interface Terminal {
  out(line: string): void;
  error(line: string): void;
}

/** What could be read, and everything there is to say about all of it. */
export interface ReadFiles {
  readonly policies: readonly ParsedPolicy[];
  readonly estate?: ParsedEstate;
  readonly told: readonly PolicyFault[];
}

export function readFiles(policyFiles: readonly string[], estateFile: string | undefined): ReadFiles {
  const policies = policyFiles.map((file) => readPolicy(file));
  const estate = estateFile === undefined ? undefined : readEstate(estateFile);
  return {
    policies: policies.filter((policy) => 'policy' in policy),
    ...(estate !== undefined && 'estate' in estate ? { estate } : {}),
    told: [...(estate === undefined ? [] : [estate]), ...policies].flatMap(toldBy),
  };
}

export function refused(told: readonly PolicyFault[]): boolean {
  return told.some(({ severity }) => severity === 'fault');
}

export function tell(told: readonly PolicyFault[], terminal: Terminal): void {
  for (const fault of told) terminal.out(faultLine(fault));
}

type Refused = { readonly faults: readonly PolicyFault[] };

function toldBy(read: { readonly warnings: readonly PolicyFault[] } | Refused): readonly PolicyFault[] {
  return 'faults' in read ? read.faults : read.warnings;
}

export function readPolicy(file: string): ParsedPolicy | Refused {
  const text = textOf(file);
  if ('faults' in text) return text;
  const readRequest = (name: string) => readFileSync(resolve(dirname(file), name), 'utf8');
  return parsePolicy(text.text, file, { readRequest, schemaFault });
}

function readEstate(file: string): ParsedEstate | Refused {
  const text = textOf(file);
  return 'faults' in text ? text : parseEstate(text.text, file);
}

function textOf(file: string): { readonly text: string } | Refused {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { faults: [{ severity: 'fault', file, key: '', message: `cannot be read: ${reason}` }] };
  }
}
