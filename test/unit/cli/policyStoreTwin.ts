import { Conflict } from '../../../src/lib/core/errors.ts';
import type { Publication, PolicyStore } from '../../../src/lib/ports.ts';

/** The policy store in memory: immutable texts and one pointer that moves under its ETag. */
export class PolicyStoreTwin implements PolicyStore {
  readonly texts = new Map<string, string>();
  pointer: { readonly publication: Publication; readonly etag: string } | undefined;
  moves = 0;
  /** Runs once, between reading the pointer and moving it: somebody else's publish. */
  meanwhile: (() => Promise<void>) | undefined;

  async current() {
    return this.pointer;
  }

  async read(hash: string) {
    return this.texts.get(hash);
  }

  async write(hash: string, text: string) {
    const there = this.texts.get(hash);
    if (there !== undefined && there !== text) throw new Error(`${hash} would change`);
    this.texts.set(hash, text);
  }

  async point(publication: Publication, etag?: string) {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    await meanwhile?.();
    if (this.pointer?.etag !== etag) throw new Conflict('the pointer moved');
    this.moves += 1;
    this.pointer = { publication, etag: `"${this.moves}"` };
  }
}
