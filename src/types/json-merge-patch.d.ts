/** RFC 7396; the package ships no types. */
declare module 'json-merge-patch' {
  export function generate(before: unknown, after: unknown): unknown;
}
