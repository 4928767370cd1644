/** What every resource carries and only the service writes. */
export const serversFields = ['id', 'name', 'type', 'systemData'];

/** A copy without the fields that `drop` names. */
export function without<T>(
  record: Readonly<Record<string, T>>,
  drop: readonly string[] | ((field: string) => boolean),
): Record<string, T> {
  const isDropped = typeof drop === 'function' ? drop : (field: string) => drop.includes(field);
  return Object.fromEntries(Object.entries(record).filter(([field]) => !isDropped(field)));
}

/** A copy with each value changed. */
export function mapped<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T, field: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([field, value]) => [field, change(value, field)]));
}
