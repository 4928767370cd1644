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

const PARENT_LOOK_MS = 500;

/** Resolves at Ctrl-C, a request to end, or the end of whoever started us; a second one ends at once. */
export function untilInterrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
    // npm's shell dies of a SIGTERM without passing it on: an orphan must not keep a whole stack running.
    const parent = process.ppid;
    if (process.env['npm_lifecycle_event'] === undefined) return;
    setInterval(() => process.ppid === parent || resolve('interrupted'), PARENT_LOOK_MS).unref();
  });
}
