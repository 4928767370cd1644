import { z } from 'zod';
import { ArmError, invalidBody } from './errors.ts';
import type { ArmContext } from './routes.ts';

/** Reads and validates a body. A null means absent, as it does to the service. */
export async function readBody<Body>(c: ArmContext, schema: z.ZodType<Body>): Promise<Body> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw new ArmError(415, 'UnsupportedMediaType', `The content media type '${type}' is not supported. Only 'application/json' is supported.`); // prettier-ignore
  }
  const text = await c.req.text();
  let json: unknown;
  try {
    json = JSON.parse(text, (_key, value: unknown) => (value === null ? undefined : value));
  } catch (error) {
    throw new ArmError(400, 'InvalidRequestContent', `The request content was invalid and could not be deserialized: '${String(error)}'.`); // prettier-ignore
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalidBody(parsed.error);
  return parsed.data;
}

/**
 * A closed object of which `readOnly` keys may be sent and are dropped, as the service does with a resource that is
 * read, changed and put back.
 */
export function writable<Shape extends z.ZodRawShape>(readOnly: readonly string[], shape: Shape) {
  return z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => !readOnly.includes(key)));
  }, z.strictObject(shape));
}

export const resourceReadOnly = ['id', 'name', 'type', 'systemData'];

export const words = z.record(z.string(), z.string());
export const isoDuration = z.iso.duration();

/** What every asset and job has in `properties`. */
export const described = {
  description: z.string().exactOptional(),
  tags: words.exactOptional(),
  properties: words.exactOptional(),
};

export const identitySchema = writable(['principalId', 'tenantId'], {
  type: z.enum(['None', 'SystemAssigned', 'UserAssigned', 'SystemAssigned,UserAssigned']),
  userAssignedIdentities: z.record(z.string(), z.unknown()).exactOptional(),
});

export const skuSchema = z.strictObject({
  name: z.string(),
  tier: z.enum(['Free', 'Basic', 'Standard', 'Premium']).exactOptional(),
  size: z.string().exactOptional(),
  family: z.string().exactOptional(),
  capacity: z.int().min(0).exactOptional(),
});

/** Properties of a resource can be added, but not removed or altered; throws with the key that would be. */
export function addedProperties(
  before: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, string>> | undefined,
  serverKeys: readonly string[] = [],
): Record<string, string> {
  const next = { ...before };
  for (const [key, value] of Object.entries(asked ?? {})) {
    if (serverKeys.includes(key)) continue;
    if (before[key] !== undefined && before[key] !== value) {
      throw new ArmError(400, 'UserError', `Property '${key}' cannot be changed: properties can be added, but not removed or altered.`); // prettier-ignore
    }
    next[key] = value;
  }
  return next;
}
