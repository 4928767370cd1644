/** A newcomer should never wonder whether anything still happens. */
const SILENCE_LIMIT_MS = 14_000;

/** What people read while the demo runs: one statement a line, and a sign of life when nothing happens for long. */
export interface Screen {
  say(line: string): void;
  /** Said when nothing was said for a while; until replaced. */
  meanwhile(sentence: () => string): void;
  stop(): void;
}

export function openScreen(write: (line: string) => void): Screen {
  let saidAt = performance.now();
  let sentence: (() => string) | undefined;
  const say = (line: string) => {
    saidAt = performance.now();
    write(line);
  };
  const timer = setInterval(() => {
    if (performance.now() - saidAt >= SILENCE_LIMIT_MS) say(sentence?.() ?? '  ..  working');
  }, 500);
  return {
    say,
    meanwhile(next) {
      sentence = next;
    },
    stop: () => clearInterval(timer),
  };
}
