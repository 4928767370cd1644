import Module from 'node:module';
import { z } from 'zod';
import type { Log, LogLevel } from './log.ts';

/** One value on its way between host and library: plain members, no marker of which one is set. */
export interface TypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpData;
}

/** A request on the way in, a response on the way out. */
export interface HttpData {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  params?: Record<string, string>;
  body?: TypedData;
  statusCode?: string;
  cookies?: { name: string; value: string; [attribute: string]: unknown }[];
}

export interface Invocation {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  readonly request: {
    readonly invocationId: string;
    readonly inputData: { name: string; data: TypedData }[];
    readonly triggerMetadata: Record<string, TypedData>;
  };
  state?: string;
  log(level: LogLevel, category: string, message: string): void;
}

export type Callback = (...args: unknown[]) => unknown;

/** The library's side of one invocation, in the order in which the host calls it. */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>;
  getResponse(
    context: unknown,
    result: unknown,
  ): Promise<{ outputData?: { name: string; data: TypedData }[]; returnValue?: TypedData | null }>;
}

export interface ProgrammingModel {
  getInvocationModel(invocation: Invocation): InvocationModel;
  getCapabilities(capabilities: Record<string, unknown>): Promise<unknown>;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Record<string, unknown>;
}

const hookNames = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate'] as const;
export type HookName = (typeof hookNames)[number];
export type Hook = (context: Record<string, unknown>) => unknown;

/** What the app told us while it was loaded. */
export interface Core {
  readonly functions: Map<string, { metadata: FunctionMetadata; callback: Callback }>;
  readonly hooks: Record<HookName, Hook[]>;
  /** Shared by all invocations and hooks of the app, as the worker does. */
  readonly appHookData: Record<string, unknown>;
  model: ProgrammingModel | undefined;
  /** Set after loading: registering later is refused. */
  sealed: boolean;
}

const hostVersion = '4.1000.0';
const metadataShape = z.object({ name: z.string().min(1), bindings: z.record(z.string(), z.unknown()) });

/** The object that `@azure/functions` receives as `@azure/functions-core`. */
function coreApi(core: Core, log: Log) {
  return {
    version: hostVersion,
    hostVersion,
    getProgrammingModel: () => core.model,
    setProgrammingModel(model: ProgrammingModel) {
      core.model = model;
    },
    registerFunction(metadata: unknown, callback: Callback) {
      const parsed = metadataShape.parse(metadata);
      if (core.sealed) throw new Error(`Function "${parsed.name}" was registered after the app had loaded.`);
      if (core.functions.has(parsed.name)) throw new Error(`Function "${parsed.name}" is registered twice.`);
      core.functions.set(parsed.name, { metadata: parsed, callback });
      return { dispose: () => core.functions.delete(parsed.name) };
    },
    registerHook(name: string, hook: Hook) {
      const known = hookNames.find((candidate) => candidate === name);
      if (!known) {
        // The library tells an old host from a defect by this marker.
        throw Object.assign(new RangeError(`Unknown hook "${name}".`), { isAzureFunctionsSystemError: true });
      }
      core.hooks[known].push(hook);
      return { dispose: () => (core.hooks[known] = core.hooks[known].filter((other) => other !== hook)) };
    },
    log: (level: LogLevel, _category: string, message: string) => log(level, message),
  };
}

/**
 * Answers `require('@azure/functions-core')`, a module that exists only inside a Functions worker. Must run before the
 * app is imported: the library asks once and falls back to its test mode for good.
 */
export function provideCore(log: Log): Core {
  const core: Core = {
    functions: new Map(),
    hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [] },
    appHookData: {},
    model: undefined,
    sealed: false,
  };
  const api = coreApi(core, log);
  // Every `require` ends here, also those of modules that were imported; absent from the type definitions.
  const seam = '_load';
  const loader = Module as unknown as Record<typeof seam, (request: string, ...rest: unknown[]) => unknown>;
  const load = loader[seam];
  loader[seam] = (request, ...rest) => (request === '@azure/functions-core' ? api : load(request, ...rest));
  return core;
}
