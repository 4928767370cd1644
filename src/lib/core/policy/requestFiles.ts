import type { Finding } from './fault.ts';
import { isMap } from './schemaShape.ts';

/** The text of a file named in a policy, relative to the policy. Throws when it cannot be read. */
export type ReadRequest = (name: string) => string;

/** Replaces the names of smoke request files by what they hold, so that a published policy needs no other file. */
export function inlineRequests(
  data: unknown,
  readRequest: ReadRequest,
): { readonly data: unknown; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const inlineIn = (holder: unknown, path: readonly string[]): unknown =>
    replaceAt(holder, ['rollout', 'smokeTest', 'request'], (request) => {
      if (typeof request !== 'string') return request;
      const body = readJson(request, readRequest);
      if (body.fault === undefined) return body.value;
      findings.push({ severity: 'fault', path: [...path, 'rollout', 'smokeTest', 'request'], message: body.fault });
      return {};
    });
  const top = inlineIn(data, []);
  if (!isMap(top) || !isMap(top['environments'])) return { data: top, findings };
  const environments = Object.entries(top['environments']).map(
    ([name, environment]) => [name, inlineIn(environment, ['environments', name])] as const,
  );
  return { data: { ...top, environments: Object.fromEntries(environments) }, findings };
}

function replaceAt(holder: unknown, path: readonly string[], replace: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replace(holder);
  if (!isMap(holder) || holder[key] === undefined) return holder;
  return { ...holder, [key]: replaceAt(holder[key], rest, replace) };
}

function readJson(name: string, readRequest: ReadRequest): { readonly value?: unknown; readonly fault?: string } {
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
