/** Numbers and times as the demo shows them, on the screen and in the report. Times are UTC. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function hhmm(at: Date | string): string {
  return (typeof at === 'string' ? at : at.toISOString()).slice(11, 16);
}

export function count(value: number): string {
  return WHOLE.format(value);
}

/** `1 mail`, `2 mails`. */
export function many(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

export function percent(fraction: number): string {
  return `${TENTHS.format(fraction * 100)} %`;
}

export function milliseconds(value: number): string {
  return `${TENTHS.format(value)} ms`;
}

export function seconds(ms: number): string {
  return `${TENTHS.format(ms / 1000)} s`;
}

/** Ten characters: `#.........` for 10 %. */
export function bar(share: number): string {
  const full = Math.round(share / 10);
  return '#'.repeat(full) + '.'.repeat(10 - full);
}

/** `v1 20 %, v2 80 %`. */
export function split(versions: Readonly<Record<string, number>>): string {
  return Object.entries(versions).map(([version, share]) => `v${version} ${share} %`).join(', '); // prettier-ignore
}
