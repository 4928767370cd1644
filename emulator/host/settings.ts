import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** `[d.]hh:mm:ss[.fff]` as host.json writes durations, to milliseconds. */
const timeSpanMs = z
  .string()
  .regex(/^(\d+\.)?\d{1,2}:\d{2}:\d{2}(\.\d{1,7})?$/, 'expected [d.]hh:mm:ss')
  .transform((text) => {
    const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(text);
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = (match ?? []).slice(1).map((part) => Number(part ?? 0));
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  });

/** The parts of host.json that this host obeys. Unknown words inside them are faults; other sections are the cloud's. */
const hostJson = z.object({
  version: z.literal('2.0'),
  extensions: z
    .object({
      http: z.strictObject({ routePrefix: z.string().default('api') }).default({ routePrefix: 'api' }),
      queues: z
        .strictObject({
          batchSize: z.coerce.number().int().min(1).max(32).default(16),
          newBatchThreshold: z.coerce.number().int().min(0).optional(),
          maxDequeueCount: z.coerce.number().int().min(1).default(5),
          visibilityTimeout: timeSpanMs.default(0),
          maxPollingInterval: timeSpanMs.default(60_000),
          messageEncoding: z.enum(['base64', 'none']).default('base64'),
        })
        .prefault({}),
    })
    .prefault({}),
});

export interface QueueSettings {
  readonly batchSize: number;
  /** A new batch is fetched when at most this many messages are being worked on. */
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface HostSettings {
  readonly routePrefix: string;
  readonly queues: QueueSettings;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const overridePrefix = 'AzureFunctionsJobHost__';

/** Puts `AzureFunctionsJobHost__extensions__queues__batchSize=4` over the value of that path, as the platform does. */
function withOverrides(json: unknown, environment: Environment): unknown {
  const root = z.record(z.string(), z.unknown()).parse(json);
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(overridePrefix) || value === undefined) continue;
    const path = name.slice(overridePrefix.length).split('__');
    const last = path.pop() ?? '';
    let at = root;
    for (const part of path) {
      const inner = z.record(z.string(), z.unknown()).catch({}).parse(at[part]);
      at[part] = inner;
      at = inner;
    }
    at[last] = value;
  }
  return root;
}

/** host.json of the app, with overrides from the environment. Throws one error that lists every fault. */
export function readHostSettings(app: string, environment: Environment): HostSettings {
  const file = join(app, 'host.json');
  if (!existsSync(file)) throw new Error(`${file} is missing: this folder holds no Functions app.`);
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const parsed = hostJson.safeParse(withOverrides(json, environment));
  if (!parsed.success) throw new Error(`${file}:\n${z.prettifyError(parsed.error)}`);
  const { http, queues } = parsed.data.extensions;
  return {
    routePrefix: http.routePrefix,
    queues: {
      batchSize: queues.batchSize,
      newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
      maxDequeueCount: queues.maxDequeueCount,
      visibilityTimeoutMs: queues.visibilityTimeout,
      maxPollingIntervalMs: queues.maxPollingInterval,
      messageEncoding: queues.messageEncoding,
    },
  };
}

/** Replaces each `%NAME%` by the setting NAME; a setting that does not exist is an error. */
export function resolveSettings(text: string, environment: Environment): string {
  return text.replaceAll(/%([^%]+)%/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new Error(`'%${name}%' does not resolve: there is no setting ${name}.`);
    return value;
  });
}
