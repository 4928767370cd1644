import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Callback, Core, FunctionMetadata } from './core.ts';
import { type Environment, resolveSettings } from './settings.ts';

const method = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(z.enum(['GET', 'POST', 'DELETE', 'HEAD', 'PATCH', 'PUT', 'OPTIONS', 'TRACE', 'CONNECT']));

const trigger = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('httpTrigger'),
    methods: z.array(method).min(1),
    authLevel: z.enum(['anonymous', 'function', 'admin']),
    route: z.string().optional(),
  }),
  z.object({ type: z.literal('queueTrigger'), queueName: z.string(), connection: z.string() }),
  z.object({ type: z.literal('timerTrigger'), schedule: z.string(), runOnStartup: z.boolean().default(false) }),
  z.object({ type: z.literal('eventGridTrigger') }),
]);
export type Trigger = z.infer<typeof trigger>;

const output = z.discriminatedUnion('type', [
  z.object({ type: z.literal('http') }),
  z.object({ type: z.literal('queue'), queueName: z.string(), connection: z.string() }),
]);
export type Output = z.infer<typeof output>;

/** A registered function whose bindings this host can drive. */
export interface HostedFunction<T extends Trigger = Trigger> {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
  readonly trigger: T;
  /** Name of the trigger's binding. */
  readonly triggerName: string;
  /** By binding name; `$return` is the return value. */
  readonly outputs: ReadonlyMap<string, Output>;
}

const direction = z.object({ type: z.string(), direction: z.enum(['in', 'out']) });

/** Settings are resolved first, so that a missing one is told at start and not at the first message. */
function hosted(metadata: FunctionMetadata, callback: Callback, environment: Environment): HostedFunction {
  let found: { name: string; trigger: Trigger } | undefined;
  const outputs = new Map<string, Output>();
  for (const [name, binding] of Object.entries(metadata.bindings)) {
    const texts = z.record(z.string(), z.unknown()).parse(binding);
    const resolved = Object.fromEntries(
      Object.entries(texts).map(([key, value]) => [
        key,
        typeof value === 'string' ? resolveSettings(value, environment) : value,
      ]),
    );
    const { type, direction: way } = direction.parse(resolved);
    if (way === 'out') outputs.set(name, output.parse(resolved));
    else if (type.endsWith('Trigger')) found = { name, trigger: trigger.parse(resolved) };
    else throw new Error(`input binding "${type}" is not supported by this host.`);
  }
  if (!found) throw new Error('it has no trigger.');
  return { name: metadata.name, metadata, callback, trigger: found.trigger, triggerName: found.name, outputs };
}

function explain(error: unknown): string {
  return error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
}

/**
 * Imports what `main` of the app's package.json names (a glob, sorted so that the order is the same everywhere) and
 * returns the registered functions. Everything that this host cannot drive is told at once.
 */
export async function loadApp(app: string, core: Core, environment: Environment): Promise<HostedFunction[]> {
  const packageJson: unknown = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
  const { main } = z.object({ main: z.string() }).parse(packageJson);
  const files = globSync(main, { cwd: app }).toSorted();
  if (files.length === 0) throw new Error(`"main" of ${join(app, 'package.json')} matches no file: ${main}`);
  for (const file of files) await import(pathToFileURL(join(app, file)).href);
  core.sealed = true;
  if (!core.model) throw new Error(`None of ${files.join(', ')} registered a function.`);
  await core.model.getCapabilities({});

  const faults: string[] = [];
  const functions: HostedFunction[] = [];
  for (const { metadata, callback } of core.functions.values()) {
    try {
      functions.push(hosted(metadata, callback, environment));
    } catch (error) {
      faults.push(`function "${metadata.name}": ${explain(error)}`);
    }
  }
  if (faults.length > 0) throw new Error(`The app cannot be hosted:\n${faults.join('\n')}`);
  return functions;
}

/** The functions with one kind of trigger. */
export function triggeredBy<K extends Trigger['type']>(
  functions: readonly HostedFunction[],
  type: K,
): HostedFunction<Extract<Trigger, { type: K }>>[] {
  return functions.filter(
    (candidate): candidate is HostedFunction<Extract<Trigger, { type: K }>> => candidate.trigger.type === type,
  );
}
