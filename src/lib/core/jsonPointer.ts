/** What a JSON Pointer (RFC 6901) leads to, the whole where it is empty; undefined where it leads nowhere. */
export function at(body: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')); // prettier-ignore
  return names.reduce<unknown>(own, body);
}

/** A property that the value itself has. */
export function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
