import { z } from 'zod';
import { UnknownReference } from './assets.ts';
import { isoDurationMs } from './isoDuration.ts';

const words = z.record(z.string(), z.string()).nullish();
const uri = z.string().min(1);

export const jobInput = z.discriminatedUnion('jobInputType', [
  z.object({ jobInputType: z.literal('literal'), value: z.coerce.string() }),
  z.object({ jobInputType: z.literal('uri_file'), uri }),
  z.object({ jobInputType: z.literal('uri_folder'), uri }),
  z.object({ jobInputType: z.literal('custom_model'), uri }),
  z.object({ jobInputType: z.literal('mlflow_model'), uri }),
]);

const outputSchema = z.object({
  jobOutputType: z.enum(['uri_file', 'uri_folder', 'custom_model', 'mlflow_model']),
});

const commandJobSchema = z.object({
  jobType: z.literal('Command'),
  command: z.string().min(1),
  codeId: z.string().nullish(),
  environmentId: z.string(),
  experimentName: z.string().nullish(),
  displayName: z.string().nullish(),
  tags: words,
  properties: words,
  environmentVariables: words,
  inputs: z.record(z.string(), jobInput).nullish(),
  outputs: z.record(z.string(), outputSchema).nullish(),
  limits: z.object({ timeout: z.string().nullish() }).nullish(),
});

export type CommandJob = z.infer<typeof commandJobSchema>;
export type JobInput = z.infer<typeof jobInput>;

export function parseCommandJob(properties: unknown): CommandJob {
  const parsed = commandJobSchema.safeParse(properties);
  if (!parsed.success) throw new UnknownReference(`this job cannot be run:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Virtual milliseconds after which the job is canceled; undefined = no limit. */
export function timeoutMs({ limits }: Pick<CommandJob, 'limits'>): number | undefined {
  const text = limits?.timeout ?? undefined;
  if (text === undefined) return undefined;
  const limitMs = isoDurationMs(text);
  if (limitMs === undefined) throw new UnknownReference(`limits.timeout ${text} is not an ISO 8601 duration`);
  return limitMs;
}

export interface CommandValues {
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
}

/** Puts values into `${{inputs.x}}` and `${{outputs.y}}`, as text and unquoted; all faults at once. */
export function fillCommand(command: string, values: CommandValues): string {
  const faults: string[] = [];
  const filled = command.replace(/\$\{\{([^}]*)\}\}/g, (placeholder: string, inner: string) => {
    const [, side, name] = /^\s*(inputs|outputs)\.(\w+)\s*$/.exec(inner) ?? [];
    const value = side === undefined ? undefined : values[side === 'inputs' ? 'inputs' : 'outputs'].get(name ?? '');
    if (value === undefined) faults.push(placeholder);
    return value ?? '';
  });
  if (faults.length > 0) throw new UnknownReference(`command names what the job does not have: ${faults.join(', ')}`);
  return filled;
}
