import { randomUUID } from 'node:crypto';
import type { HostedFunction } from './app.ts';
import type { Core, Invocation, TypedData } from './core.ts';
import { type Log, textOf } from './log.ts';
import type { SendOutput } from './output.ts';

export interface TriggerInput {
  readonly data: TypedData;
  /** What the trigger tells beside the value itself, in PascalCase as the extensions do. */
  readonly metadata?: Record<string, TypedData>;
}

/** Runs a function once, outputs included; resolves to its HTTP response where it has one. Rejects when it failed. */
export type Invoke = (called: HostedFunction, input: TriggerInput) => Promise<TypedData | undefined>;

async function runHooks(core: Core, name: 'preInvocation' | 'postInvocation', context: Record<string, unknown>) {
  for (const hook of core.hooks[name]) await hook(context);
}

/** The worker's order: arguments, hooks before, the function, hooks after (which may mend an error), response. */
async function drive(core: Core, called: HostedFunction, invocation: Invocation) {
  if (!core.model) throw new Error('The app set no programming model.');
  const model = core.model.getInvocationModel(invocation);
  const { context, inputs } = await model.getArguments();
  const hookData = {};
  const shared = { hookData, appHookData: core.appHookData, invocationContext: context };
  const before = { ...shared, inputs, functionCallback: called.callback };
  invocation.state = 'preInvocationHooks';
  await runHooks(core, 'preInvocation', before);
  const after: Record<string, unknown> = { ...shared, inputs: before.inputs, result: null, error: null };
  invocation.state = 'invocation';
  try {
    after['result'] = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after['error'] = error ?? new Error('The function threw nothing.');
  }
  invocation.state = 'postInvocationHooks';
  await runHooks(core, 'postInvocation', after);
  const { error } = after;
  if (error !== null && error !== undefined) throw error instanceof Error ? error : new Error(textOf(error));
  return model.getResponse(context, after['result']);
}

export function invoker(core: Core, log: Log, send: SendOutput): Invoke {
  return async (called, { data, metadata = {} }) => {
    const invocationId = randomUUID();
    const of = { function: called.name, invocationId };
    const invocation: Invocation = {
      invocationId,
      metadata: called.metadata,
      request: { invocationId, inputData: [{ name: called.triggerName, data }], triggerMetadata: metadata },
      log: (level, _category, message) => log(level, message, of),
    };
    log('debug', 'started', of);
    try {
      const { outputData = [], returnValue } = await drive(core, called, invocation);
      const values = new Map(outputData.map(({ name, data: value }) => [name, value]));
      if (returnValue) values.set('$return', returnValue);
      for (const [name, binding] of called.outputs) {
        const value = values.get(name);
        if (value && binding.type === 'queue') await send(binding, value);
      }
      log('debug', 'succeeded', of);
      return called.outputs.get('$return')?.type === 'http' ? (returnValue ?? undefined) : undefined;
    } catch (error) {
      log('error', `failed: ${textOf(error)}`, of);
      throw error;
    }
  };
}
