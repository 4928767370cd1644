/** What was started and must be stopped, the last first, however the program ends. */
export interface Stopping {
  add(stop: () => Promise<unknown>): void;
  all(): Promise<void>;
}

export function stopping(): Stopping {
  const stops: (() => Promise<unknown>)[] = [];
  return {
    add: (stop) => void stops.push(stop),
    async all() {
      for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
    },
  };
}

/** Resolves at Ctrl-C or a request to end; a second one ends at once. */
export function untilInterrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
}
