import { createHash } from 'node:crypto';
import { canonical } from '../canonical.ts';
import { BadInput } from '../errors.ts';
import type { Estate } from './estate.ts';
import { estateSchema } from './estateSchema.ts';
import type { Finding, Source } from './fault.ts';
import { keyOf } from './fault.ts';
import { interpretEstate } from './parseEstate.ts';
import { interpretPolicy } from './parsePolicy.ts';
import type { Policy } from './policy.ts';
import { policySchema } from './policySchema.ts';
import type { PlacedPolicy } from './publicationRules.ts';
import { isMap, withDefaults } from './schemaShape.ts';
import { isOnlyBatch } from './servesRules.ts';

/** What is kept under its hash: canonical JSON of the file as written, with every default of that day written out. */
export interface StoredText {
  /** SHA-256 of the text, hex. */
  readonly hash: string;
  readonly text: string;
}

export function storedPolicy({ written }: { readonly written: unknown }): StoredText {
  const text = withDefaults(policySchema, written);
  // Defaults of a section that nobody reads would be faults when it is read back.
  return storedText(isMap(text) && isOnlyBatch(written) ? { ...text, rollout: undefined } : text);
}

export function storedEstate({ written }: { readonly written: unknown }): StoredText {
  return storedText(withDefaults(estateSchema, written));
}

function storedText(data: unknown): StoredText {
  const text = canonical(data) ?? 'null';
  return { text, hash: createHash('sha256').update(text).digest('hex') };
}

/** Throws `BadInput` with all faults: a stored policy that this version cannot obey whole must not be obeyed in part. */
export function parseStoredPolicy(text: string): Policy {
  return restorePolicy(text, 'stored policy').policy;
}

/** The same with its places, for the rules between policies. `name` stands where the file name would. */
export function restorePolicy(text: string, name: string): PlacedPolicy {
  const written = parseJson(text, name);
  const { policy, findings } = interpretPolicy(written);
  if (policy === undefined || refused(findings)) throw badInput(name, findings);
  const source: Source = { file: name, locate: () => undefined };
  return { policy, written, source };
}

/** Throws `BadInput` with all faults. */
export function parseStoredEstate(text: string): Estate {
  const { estate, findings } = interpretEstate(parseJson(text, 'stored estate'));
  if (estate === undefined || refused(findings)) throw badInput('stored estate', findings);
  return estate;
}

function refused(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'fault');
}

function badInput(what: string, findings: readonly Finding[]): BadInput {
  const faults = findings.filter(({ severity }) => severity === 'fault');
  return new BadInput(
    what,
    faults.map(({ path, message }) => ({ place: keyOf(path), message })),
  );
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `expected JSON: ${error instanceof Error ? error.message : String(error)}`;
    throw new BadInput(what, [{ place: 'text', message }]);
  }
}
