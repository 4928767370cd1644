/** Versions of a registered model are positive integers; anything else compares as text with numbers in order. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
