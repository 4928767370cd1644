/** Grows as it must, outside the heap: 8 bytes a number, or one for codes below 256. */
export class Column<T extends Float64Array | Uint8Array> {
  readonly #made: new (size: number) => T;
  #values: T;
  #size = 0;

  constructor(made: new (size: number) => T) {
    this.#made = made;
    this.#values = new made(1024);
  }

  push(value: number): void {
    if (this.#size === this.#values.length) {
      const more = new this.#made(this.#values.length * 2);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#size] = value;
    this.#size += 1;
  }

  values(): T {
    return this.#values.subarray(0, this.#size) as T;
  }
}
