import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { at } from '../jsonPointer.ts';
import type { AnswerExpectation } from '../policy/policy.ts';

const MOST_FAULTS = 3;
const LONGEST_CHARS = 160;

/** Strict: a keyword that does not exist, or that nothing would come of, is an error and not a test that cannot fail. */
const ajv = new Ajv2020({ strict: true, strictRequired: true, allErrors: true, addUsedSchema: false });

/** Why a JSON Schema (2020-12) cannot be used; undefined: it can. */
export function schemaFault(schema: object): string | undefined {
  try {
    ajv.compile(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a body has that was not asked for, or lacks: at most a few sentences. Empty: it is as expected. */
export function bodyFaults({ schema, values }: AnswerExpectation, text: string): readonly string[] {
  if (!schema && !values) return [];
  const body = parsed(text);
  if (body === undefined) return [`its body is no JSON: ${short(text)}`];
  const faults = [
    ...Object.entries(values ?? {}).flatMap(([pointer, wanted]) => valueFault(body.value, pointer, wanted)),
    ...(schema ? schemaFaults(schema, body.value) : []),
  ];
  return faults.length <= MOST_FAULTS
    ? faults
    : [...faults.slice(0, MOST_FAULTS), `and ${faults.length - MOST_FAULTS} more`];
}

function schemaFaults(schema: object, value: unknown): string[] {
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(schema);
  } catch (error) {
    return [`its schema cannot be used: ${short(error instanceof Error ? error.message : String(error))}`];
  }
  return validate(value) ? [] : (validate.errors ?? []).map((error) => told(error, value));
}

function told({ instancePath, message = 'is not as expected', params }: ErrorObject, body: unknown): string {
  const found = at(body, instancePath);
  const more = 'allowedValues' in params ? ` (${JSON.stringify(params['allowedValues'])})` : '';
  return short(`${instancePath === '' ? 'the body' : instancePath} ${message}${more}, is ${JSON.stringify(found)}`);
}

function valueFault(body: unknown, pointer: string, wanted: unknown): string[] {
  const found = at(body, pointer);
  if (found === wanted) return [];
  return [short(`${pointer} is ${found === undefined ? 'absent' : JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`)]; // prettier-ignore
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function short(text: string): string {
  return text.length <= LONGEST_CHARS ? text : `${text.slice(0, LONGEST_CHARS - 1)}…`;
}
