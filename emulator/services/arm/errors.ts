import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { TokenFault } from '../../world.ts';

export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
}

interface ErrorMore {
  readonly details?: readonly ErrorDetail[];
  readonly innererror?: unknown;
}

/** A refusal in Azure Resource Manager's form. Which codes and texts are the vendor's word: README, "Differences". */
export class ArmError extends Error {
  override name = 'ArmError';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly more: ErrorMore;

  constructor(status: ContentfulStatusCode, code: string, message: string, more: ErrorMore = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

export function armError(c: Context, { status, code, message, more }: ArmError): Response {
  return c.json({ error: { code, message, ...more } }, status);
}

export function notFound(type: string, name: string, group: string): ArmError {
  return new ArmError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.MachineLearningServices/${type}/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** Said for whatever lies in a workspace or at an endpoint that does not exist. That the service itself answers so is unverified. */
export function parentNotFound(type: string, path: string): ArmError {
  const message = `Failed to perform 'read' on resource(s) of type '${type}', because the parent resource '${path}' could not be found.`;
  return new ArmError(404, 'ParentResourceNotFound', message);
}

/** What the machine learning service itself refuses, as opposed to Azure Resource Manager in front of it. */
export function userError(message: string, details?: readonly ErrorDetail[]): ArmError {
  return new ArmError(400, 'UserError', message, details && { details });
}

/** The wording is the service's for deployments; the status is unverified. */
export function busy(doing: string, state: string): ArmError {
  return new ArmError(409, 'Conflict', `Cannot ${doing} because it is in ${state} provisioning state.`);
}

/** Every fault of a body at once, each with its place. */
export function invalidBody(error: z.ZodError): ArmError {
  const details = error.issues.map((issue) => ({
    code: 'ValidationError',
    target: issue.path.join('.'),
    message: issue.message,
  }));
  const summary = details.map(({ target, message }) => `${target === '' ? 'body' : target}: ${message}`).join('; ');
  return new ArmError(400, 'ValidationError', `The request is invalid. ${summary}`, { details });
}

const tokenFaults: Readonly<Record<TokenFault, readonly [code: string, message: string]>> = {
  missing: ['AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing."],
  notOurs: ['InvalidAuthenticationToken', 'The access token is invalid.'],
  expired: ['ExpiredAuthenticationToken', 'The access token expiry UTC time is in the past.'],
  wrongAudience: [
    'InvalidAuthenticationTokenAudience',
    "The access token has been obtained for wrong audience or resource. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.azure.com/'.",
  ],
};

export function unauthorized(c: Context, fault: TokenFault): Response {
  const [code, message] = tokenFaults[fault];
  c.header('www-authenticate', 'Bearer authorization_uri="https://login.windows.net/", error="invalid_token"');
  return armError(c, new ArmError(401, code, message));
}
