import { MlflowError } from './errors.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** One page; the token says where the next one starts and is opaque to the caller. */
export function pageOf<Item>(all: readonly Item[], maxResults: number, token: string | undefined): Page<Item> {
  const from = token === undefined || token === '' ? 0 : startOf(token);
  const items = all.slice(from, from + maxResults);
  const end = from + items.length;
  return end < all.length ? { items, next: Buffer.from(`at:${end}`).toString('base64url') } : { items };
}

function startOf(token: string): number {
  const digits = /^at:(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (digits === undefined) throw new MlflowError('INVALID_PARAMETER_VALUE', `Invalid page token '${token}'.`);
  return Number(digits);
}
