import { appendFileSync } from 'node:fs';
import { z } from 'zod';

const levels = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const;
export type LogLevel = (typeof levels)[number];

export const logLine = z.object({
  at: z.string(),
  level: z.enum(levels),
  function: z.string().optional(),
  invocationId: z.string().optional(),
  message: z.string(),
});
export type LogLine = z.infer<typeof logLine>;

export type Log = (level: LogLevel, message: string, of?: { function: string; invocationId?: string }) => void;

/** One JSON object a line, to a file where one is given, else to standard output. `at` is virtual time. */
export function openLog(file: string | undefined, now: () => Date): Log {
  return (level, message, of) => {
    const line = `${JSON.stringify({ at: now().toISOString(), level, ...of, message } satisfies LogLine)}\n`;
    if (file === undefined) process.stdout.write(line);
    else appendFileSync(file, line);
  };
}

/** The stack where there is one, else whatever was thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
