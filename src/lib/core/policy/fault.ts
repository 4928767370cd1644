import type { z } from 'zod';
import { CHECKS, pageOf, type CheckId } from './checks/catalogue.ts';
import { nearest } from './expected.ts';
import { descend, isMap, knownKeys } from './schemaShape.ts';

/** Where something stands in a file; lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A `fault` refuses the file, a `warning` does not. */
export interface PolicyFault {
  readonly severity: 'fault' | 'warning';
  readonly file: string;
  /** Absent for what was published before and has no file here. */
  readonly at?: Position;
  /** Path of keys: `rollout.steps`. */
  readonly key: string;
  readonly message: string;
  /** What of the catalogue found it, and where that is explained. */
  readonly code?: string;
  readonly page?: string;
}

/** A finding before it has a place: rules know keys, only the source knows lines. */
export interface Finding {
  readonly severity: 'fault' | 'warning';
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly check?: CheckId;
  /** The key itself is wrong, not its value. */
  readonly atKey?: boolean;
}

/** A file as it was written. */
export interface Source {
  readonly file: string;
  /** The nearest place that exists: a missing key is reported at the map that lacks it. */
  locate(path: readonly PropertyKey[], part?: 'key' | 'value'): Position | undefined;
}

export function keyOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** In the order of the file. */
export function placed(source: Source, findings: readonly Finding[]): readonly PolicyFault[] {
  const faults = findings.map(({ severity, path, message, atKey, check }): PolicyFault => {
    const at = source.locate(path, atKey === true ? 'key' : 'value');
    return {
      severity,
      file: source.file,
      ...(at === undefined ? {} : { at }),
      key: keyOf(path),
      message,
      ...coded(check),
    };
  });
  const order = ({ at }: PolicyFault): number => (at === undefined ? 0 : at.line * 10_000 + at.column);
  return faults.toSorted((a, b) => order(a) - order(b));
}

function coded(check: CheckId | undefined): Pick<PolicyFault, 'code' | 'page'> {
  return check === undefined ? {} : { code: CHECKS[check].code, page: pageOf(CHECKS[check]) };
}

/** `policy.yaml:12:9 rollout.bake: expected ...`; what the catalogue knows ends with its code and page. */
export function faultLine({ severity, file, at, key, message, code, page }: PolicyFault): string {
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`;
  const subject = key === '' ? '' : `${key}: `;
  const more = code === undefined ? '' : ` [${code} ${page}]`;
  return `${place} ${severity === 'warning' ? 'warning: ' : ''}${subject}${message}${more}`;
}

/** What the schema found, one finding per fault: a key written wrong is not told again as a missing one. */
export function findingsOf(schema: z.core.$ZodType, data: unknown, issues: readonly z.core.$ZodIssue[]): Finding[] {
  const findings = issues.flatMap((issue) => findingsOfIssue(schema, data, issue));
  const meant = new Set(findings.flatMap(({ meantPath }) => (meantPath === undefined ? [] : [keyOf(meantPath)])));
  return findings.filter(({ path }) => !(meant.has(keyOf(path)) && valueAt(data, path) === undefined));
}

interface SchemaFinding extends Finding {
  /** Of the known key that an unknown one was probably meant to be. */
  readonly meantPath?: readonly PropertyKey[];
}

function findingsOfIssue(schema: z.core.$ZodType, data: unknown, issue: z.core.$ZodIssue): SchemaFinding[] {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(descend(schema, path) ?? schema) ?? [];
    return issue.keys.map((key) => unknownKey(path, key, known));
  }
  if (issue.code === 'invalid_key')
    return [{ severity: 'fault', path, message: issue.issues[0]?.message ?? message, atKey: true }];
  if (issue.code === 'invalid_union' && isMap(valueAt(data, path))) {
    // The alternative that is a map is the one that got as far as looking at keys.
    const ofMap = issue.errors.find((errors) => errors.some((error) => error.path.length > 0 || 'keys' in error)) ?? [];
    const inner = ofMap.flatMap((error) => findingsOfIssue(schema, data, { ...error, path: [...path, ...error.path] }));
    if (inner.length > 0) return inner;
  }
  return [{ severity: 'fault', path, message }];
}

function unknownKey(parent: readonly PropertyKey[], key: string, known: readonly string[]): SchemaFinding {
  const near = nearest(key, known);
  const common = { severity: 'fault', path: [...parent, key], atKey: true } as const;
  if (near === undefined) return { ...common, message: `unknown key; known here: ${known.join(', ')}` };
  return { ...common, message: `unknown key (did you mean '${near}'?)`, meantPath: [...parent, near] };
}

export function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let at = data;
  for (const key of path) {
    if (Array.isArray(at)) at = at[Number(key)];
    else at = isMap(at) ? at[String(key)] : undefined;
  }
  return at;
}
