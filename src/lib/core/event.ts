import { z } from 'zod';

/** What Azure ML says in an event, as far as it is used. Never trusted for facts: they are read again. */
export type MlEvent =
  | { readonly kind: 'modelRegistered'; readonly workspace: string; readonly model: string; readonly version: string }
  | { readonly kind: 'modelDeployed'; readonly workspace: string; readonly id: string; readonly endpoint: string }
  | { readonly kind: 'run'; readonly workspace: string; readonly run: string; readonly status: string }
  | { readonly kind: 'drift'; readonly workspace: string; readonly id: string };

export type ParsedEvent =
  | { readonly result: 'event'; readonly event: MlEvent }
  | { readonly result: 'ignored'; readonly reason: string }
  | { readonly result: 'malformed'; readonly reason: string };

const eventGridSchema = z.object({ id: z.string(), topic: z.string(), eventType: z.string(), data: z.looseObject({}) });
const cloudEventSchema = z.object({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  specversion: z.literal('1.0'),
  data: z.looseObject({}),
});
const PREFIX = 'Microsoft.MachineLearningServices.';

/**
 * Reads one event in either schema. Keys of `data` are read without case: model events arrive in PascalCase, run events
 * in camelCase, and the published types are wrong for half of them.
 */
export function parseEvent(raw: unknown): ParsedEvent {
  const envelope = readEnvelope(raw);
  if ('reason' in envelope) return { result: 'malformed', reason: envelope.reason };
  const { id, workspace, type, data } = envelope;
  if (!type.startsWith(PREFIX)) return { result: 'ignored', reason: `type ${type}` };
  const read = (key: string) => readKey(data, key);
  switch (type.slice(PREFIX.length)) {
    case 'ModelRegistered':
      return need({ model: read('modelName'), version: read('modelVersion') }, (fields) => ({
        kind: 'modelRegistered',
        workspace,
        ...fields,
      }));
    case 'ModelDeployed':
      return need({ endpoint: read('serviceName') }, (fields) => ({ kind: 'modelDeployed', workspace, id, ...fields }));
    case 'RunCompleted':
      return need({ run: read('runId') }, (fields) => ({ kind: 'run', workspace, status: 'Completed', ...fields }));
    case 'RunStatusChanged':
      return need({ run: read('runId'), status: read('runStatus') }, (fields) => ({
        kind: 'run',
        workspace,
        ...fields,
      }));
    case 'DatasetDriftDetected':
      return { result: 'event', event: { kind: 'drift', workspace, id } };
    default:
      return { result: 'ignored', reason: `type ${type}` };
  }
}

interface Envelope {
  readonly id: string;
  readonly workspace: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function readEnvelope(raw: unknown): Envelope | { readonly reason: string } {
  const eventGrid = eventGridSchema.safeParse(raw);
  if (eventGrid.success)
    return {
      id: eventGrid.data.id,
      workspace: eventGrid.data.topic,
      type: eventGrid.data.eventType,
      data: eventGrid.data.data,
    };
  const cloud = cloudEventSchema.safeParse(raw);
  if (cloud.success)
    return { id: cloud.data.id, workspace: cloud.data.source, type: cloud.data.type, data: cloud.data.data };
  const closer = typeof raw === 'object' && raw !== null && 'specversion' in raw ? cloud : eventGrid;
  const faults = closer.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  return { reason: `neither an Event Grid event nor a CloudEvent: ${faults.join('; ')}` };
}

/** A string, or a number as text: ModelVersion is documented as both. */
function readKey(data: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const found = Object.entries(data).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
  if (typeof found === 'string' && found !== '') return found;
  return typeof found === 'number' && Number.isFinite(found) ? String(found) : undefined;
}

function need<K extends string>(
  fields: Record<K, string | undefined>,
  make: (fields: Record<K, string>) => MlEvent,
): ParsedEvent {
  const missing = Object.entries(fields).filter(([, value]) => value === undefined).map(([key]) => key); // prettier-ignore
  if (missing.length > 0) return { result: 'malformed', reason: `data lacks ${missing.join(', ')}` };
  // Every field was checked just above; the type cannot say so.
  return { result: 'event', event: make(fields as Record<K, string>) };
}

const TERMINAL = new Set(['completed', 'failed', 'canceled']);

export function isTerminal(status: string): boolean {
  return TERMINAL.has(status.toLowerCase());
}
