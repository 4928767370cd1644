import type { Finding } from './fault.ts';
import { isMap } from './schemaShape.ts';

/** What a policy names and this folder neither reads nor compiles by itself. */
export interface Beside {
  /** The text of a file named in a policy, relative to the policy. Throws when it cannot be read. */
  readonly readRequest: (name: string) => string;
  /** Why a JSON Schema cannot be used; undefined: it can. */
  readonly schemaFault: (schema: object) => string | undefined;
}

type Path = readonly PropertyKey[];

const SMOKE = ['rollout', 'smokeTest'] as const;
const SCHEMA = ['expect', 'schema'] as const;

/** Replaces the names of files in smoke tests by what they hold, so that a published policy needs no other file. */
export function inlineRequests(
  data: unknown,
  beside: Beside,
): { readonly data: unknown; readonly findings: readonly Finding[] } {
  const top = inlineTest(data, [], beside);
  if (!isMap(top.data) || !isMap(top.data['environments'])) return top;
  const environments = Object.entries(top.data['environments']).map(
    ([name, environment]) => [name, inlineTest(environment, ['environments', name], beside)] as const,
  );
  return {
    data: { ...top.data, environments: Object.fromEntries(environments.map(([name, { data: inlined }]) => [name, inlined])) },
    findings: [...top.findings, ...environments.flatMap(([, { findings }]) => findings)],
  };
} // prettier-ignore

function inlineTest(holder: unknown, at: Path, beside: Beside): { data: unknown; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const told = (path: Path, message: string | undefined): void => {
    if (message !== undefined) findings.push({ severity: 'fault', path, message });
  };
  const inlined = (value: unknown, path: Path): unknown => {
    if (typeof value !== 'string') return value;
    const read = readJson(value, beside.readRequest);
    told(path, read.fault);
    return read.value ?? {};
  };
  const schema = (value: unknown, path: Path): unknown => {
    const held = inlined(value, path);
    const fault = isMap(held) ? beside.schemaFault(held) : undefined;
    told(path, fault === undefined ? undefined : `expected a JSON Schema that can be used: ${fault}`);
    return held;
  };
  const one = (request: unknown, path: Path): unknown =>
    replaceAt(
      replaceAt(request, ['request'], (value) => inlined(value, [...path, 'request'])),
      SCHEMA,
      (value) => schema(value, [...path, ...SCHEMA]),
    );
  const data = replaceAt(holder, SMOKE, (test) =>
    replaceAt(one(test, [...at, ...SMOKE]), ['also'], (also) =>
      Array.isArray(also) ? also.map((each: unknown, index) => one(each, [...at, ...SMOKE, 'also', index])) : also,
    ),
  );
  return { data, findings };
}

function replaceAt(holder: unknown, path: Path, replace: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replace(holder);
  const name = String(key);
  if (!isMap(holder) || holder[name] === undefined) return holder;
  return { ...holder, [name]: replaceAt(holder[name], rest, replace) };
}

function readJson(
  name: string,
  readRequest: Beside['readRequest'],
): { readonly value?: unknown; readonly fault?: string } {
  let text: string;
  try {
    text = readRequest(name);
  } catch (error) {
    return { fault: `expected a JSON file beside the policy; '${name}' cannot be read: ${reasonOf(error)}` };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { value };
    return { fault: `expected a JSON object or array in '${name}'` };
  } catch (error) {
    return { fault: `expected JSON in '${name}': ${reasonOf(error)}` };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
