import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';

const statusOf = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  RESOURCE_DOES_NOT_EXIST: 404,
  UNAUTHENTICATED: 401,
  INTERNAL_ERROR: 500,
} as const satisfies Record<string, ContentfulStatusCode>;

export type MlflowErrorCode = keyof typeof statusOf;

/** An answer in MLflow's form: `{error_code, message}` with the status that goes with the code. */
export class MlflowError extends Error {
  override name = 'MlflowError';
  readonly code: MlflowErrorCode;

  constructor(code: MlflowErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function mlflowError(c: Context, code: MlflowErrorCode, message: string): Response {
  return c.json({ error_code: code, message }, statusOf[code]);
}

/** Parses a call's body or query; what does not fit is the caller's fault, all of it told at once. */
export function parsed<Output>(schema: z.ZodType<Output>, given: unknown): Output {
  const result = schema.safeParse(given);
  if (!result.success) throw new MlflowError('INVALID_PARAMETER_VALUE', z.prettifyError(result.error));
  return result.data;
}
