const FIRST_SLOTS = 4096;

/**
 * Remembers texts in 16 bytes each at most, however long they are, by 64 bits of each. Two of two million different
 * texts are taken for the same with a chance of one in ten million.
 */
export class Fingerprints {
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  #size = 0;

  /** False: it was there before. */
  add(text: string): boolean {
    const [high, low] = fingerprint(text);
    if (!this.#put(high, low)) return false;
    this.#size += 1;
    if (this.#size * 2 > this.#low.length) this.#grow();
    return true;
  }

  /** Open addressing: the next slots in turn, for ever half of them are empty. */
  #put(high: number, low: number): boolean {
    const last = this.#low.length - 1;
    for (let slot = low & last; ; slot = (slot + 1) & last) {
      const [there, below] = [this.#high[slot], this.#low[slot]];
      if (there === high && below === low) return false;
      if (there !== 0 || below !== 0) continue;
      this.#high[slot] = high;
      this.#low[slot] = low;
      return true;
    }
  }

  #grow(): void {
    const [highs, lows] = [this.#high, this.#low];
    this.#high = new Uint32Array(highs.length * 2);
    this.#low = new Uint32Array(lows.length * 2);
    for (const [slot, low] of lows.entries()) {
      const high = highs[slot] ?? 0;
      if (high !== 0 || low !== 0) this.#put(high, low);
    }
  }
}

/** Two different 32-bit hashes over the text's code units; never two zeros, which mean an empty slot. */
function fingerprint(text: string): readonly [number, number] {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x5bd1e995) ^ (low >>> 15);
  }
  const mixed = [scramble(high ^ text.length), scramble(low + high)] as const;
  return mixed[0] === 0 && mixed[1] === 0 ? [0, 1] : mixed;
}

/** Spreads what differs in one bit over all of them. */
function scramble(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
