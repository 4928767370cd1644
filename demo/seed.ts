/** Where the act `crash` kills the app: during which traffic change, and how long after its call arrived. */
export interface KillPoint {
  /** Of 20 -> 50 -> 100 %: 0, 1 or 2. */
  readonly step: number;
  /** Real milliseconds after the call arrived at Azure; it is answered later than that. */
  readonly afterMs: number;
}

/** The same for the same seed, on every machine. `holdMs`: how long the call is in flight. */
export function drawKillPoint(seed: number, steps: number, holdMs: number): KillPoint {
  const next = chance(seed);
  const step = Math.floor(next() * steps);
  return { step, afterMs: Math.floor(next() * holdMs * 0.8) };
}

export function freshSeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}

/** Mulberry32: 0 <= x < 1, from 32 bits of state. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
