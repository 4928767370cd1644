import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** `admin` is the master key and opens everything; `system` is the key `eventgrid_extension`. */
const hostKeys = z.strictObject({
  function: z.string().min(1),
  admin: z.string().min(1),
  system: z.string().min(1),
});
export type HostKeys = z.infer<typeof hostKeys>;

const key = () => randomBytes(32).toString('base64url');

export function makeKeys(): HostKeys {
  return { function: key(), admin: key(), system: key() };
}

/** From the setting STEWARD_HOST_KEYS (JSON), else new ones. */
export function keysFrom(setting: string | undefined): HostKeys {
  return setting ? hostKeys.parse(JSON.parse(setting)) : makeKeys();
}

export const digest = (text: string) => createHash('sha256').update(text).digest();

/** Does the request bring one of these keys, in `x-functions-key` or `?code=`? Compared in constant time. */
export function hasKey(request: Request, ...accepted: readonly string[]): boolean {
  const given = request.headers.get('x-functions-key') ?? new URL(request.url).searchParams.get('code');
  if (given === null) return false;
  return accepted.map((key) => timingSafeEqual(digest(key), digest(given))).includes(true);
}
