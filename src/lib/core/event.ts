import { z } from 'zod';

/** What Azure ML says in an event, as far as it is used. Never trusted for facts: they are read again. */
export type MlEvent =
  | { readonly kind: 'modelRegistered'; readonly workspace: string; readonly model: string; readonly version: string }
  | { readonly kind: 'modelDeployed'; readonly workspace: string; readonly id: string; readonly endpoint: string }
  | RunEvent
  | DriftEvent;

export interface RunEvent {
  readonly kind: 'run';
  readonly workspace: string;
  readonly run: string;
  readonly status: string;
  /** The run that it is a part of, where the event says so. */
  readonly root?: string;
  /**
   * A step of a pipeline, or a child in some other way: nobody submitted it by itself. That trials of sweeps and AutoML
   * say so is unverified; nothing depends on it but the reason for which they are ignored.
   */
  readonly child?: true;
  /** The job's tag `steward.template`. That a run's events carry the tags of its job is unverified; without it, the run is found by the sweep. */
  readonly template?: string;
  /**
   * What model monitors write on a run whose signal went over its threshold: the tag's name in lower case, and the first
   * line of its value, which names the signal. What follows may have been cut off at the limit of a tag.
   */
  readonly thresholdTags?: Readonly<Record<string, string>>;
}

/** Of a data drift monitor of the first generation, which the service has retired. */
export interface DriftEvent {
  readonly kind: 'drift';
  readonly workspace: string;
  /** Id of the monitor, and its name. */
  readonly drift: string;
  readonly name: string;
  /** The monitor's run; the event's own id where it names none. */
  readonly run: string;
  /** 0 to 1: how much the data changed. */
  readonly coefficient?: number;
}

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
const PREFIX = 'microsoft.machinelearningservices.';

/**
 * Reads one event in either schema. Keys of `data` are read without case: model events arrive in PascalCase, run events
 * in camelCase, and the published types are wrong for half of them.
 */
export function parseEvent(raw: unknown): ParsedEvent {
  const envelope = readEnvelope(raw);
  if ('reason' in envelope) return { result: 'malformed', reason: envelope.reason };
  const { id, workspace, type, data } = envelope;
  const text = (key: string) => readText(data, key);
  switch (nameOf(type)) {
    case 'modelregistered':
      return need({ model: text('modelName'), version: text('modelVersion') }, (fields) => ({
        kind: 'modelRegistered',
        workspace,
        ...fields,
      }));
    case 'modeldeployed':
      return need({ endpoint: text('serviceName') }, (fields) => ({ kind: 'modelDeployed', workspace, id, ...fields }));
    case 'runcompleted':
      return need({ run: text('runId') }, ({ run }) => runEvent(workspace, run, 'Completed', data));
    case 'runstatuschanged':
      return need({ run: text('runId'), status: text('runStatus') }, ({ run, status }) =>
        runEvent(workspace, run, status, data),
      );
    case 'datasetdriftdetected': {
      const drift = said(text('dataDriftId'));
      const name = said(text('dataDriftName')) ?? drift ?? id;
      const coefficient = readNumber(data, 'driftCoefficient');
      return need({ drift, name, run: said(text('runId')) ?? id }, (fields) => ({
        kind: 'drift',
        workspace,
        ...fields,
        ...(coefficient === undefined ? {} : { coefficient }),
      }));
    }
    default:
      return { result: 'ignored', reason: `type ${type}` };
  }
}

/** The event's own name in lower case; undefined for an event that is not of Azure ML. */
function nameOf(type: string): string | undefined {
  const lower = type.toLowerCase();
  return lower.startsWith(PREFIX) ? lower.slice(PREFIX.length) : undefined;
}

type Data = Readonly<Record<string, unknown>>;

interface Envelope {
  readonly id: string;
  readonly workspace: string;
  readonly type: string;
  readonly data: Data;
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

/** As model monitoring writes it on the step run that found the breach, while that step still runs. */
const STEP_TAG = 'azureml_modelmonitor_threshold_breached';
/** One a signal, on the monitor's root run, where the monitor also mails what it finds. */
const ROOT_TAG = 'azureml.modelmonitor.threshold.breached.';
const STEP_TYPES: ReadonlySet<string> = new Set(['azureml.steprun', 'azureml.reusedsteprun']);

function runEvent(workspace: string, run: string, status: string, data: Data): RunEvent {
  const tags = readTexts(data, 'runTags');
  const source = readTexts(data, 'runProperties')['azureml.runsource'];
  const root = [tags['mlflow.rootrunid'], tags['azureml.pipelinerunid']].find((id) => id !== undefined && id !== run);
  const template = tags['steward.template'];
  const child =
    root !== undefined || tags['mlflow.parentrunid'] !== undefined || tags['azureml.nodeid'] !== undefined ||
    [readText(data, 'runType'), source].some((type) => type !== undefined && STEP_TYPES.has(type.toLowerCase())); // prettier-ignore
  const breaches = Object.entries(tags)
    .filter(([tag]) => tag === STEP_TAG || (tag.startsWith(ROOT_TAG) && tag.length > ROOT_TAG.length))
    .map(([tag, value]) => [tag, value.trimStart().split(/\r?\n/, 1)[0] ?? '']);
  return {
    kind: 'run', workspace, run, status, ...(root === undefined ? {} : { root }), ...(child ? { child } : {}),
    ...(template === undefined ? {} : { template }),
    ...(breaches.length > 0 ? { thresholdTags: Object.fromEntries(breaches) } : {}),
  }; // prettier-ignore
}

/** A string, or a number as text: ModelVersion is documented as both. */
function readText(data: Data, key: string): string | undefined {
  return valuesOf(data, key).map(textOf).find((text) => text !== undefined); // prettier-ignore
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** The service writes the word where there is no value. */
function said(text: string | undefined): string | undefined {
  return text === undefined || /^\s*(null)?\s*$/i.test(text) ? undefined : text;
}

const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

function readNumber(data: Data, key: string): number | undefined {
  const text = readText(data, key);
  const number = text !== undefined && DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** A map of texts under a key, by name in lower case; whatever else stands in it says nothing. */
function readTexts(data: Data, key: string): Readonly<Record<string, string>> {
  const map = valuesOf(data, key).find((value) => typeof value === 'object' && value !== null);
  return Object.fromEntries(
    Object.entries(map ?? {}).flatMap(([name, value]) => {
      const text = said(textOf(value));
      return text === undefined ? [] : [[name.toLowerCase(), text]];
    }),
  );
}

function valuesOf(data: Data, key: string): unknown[] {
  return Object.entries(data).filter(([name]) => name.toLowerCase() === key.toLowerCase()).map(([, value]) => value); // prettier-ignore
}

/** Longer than any id or name in the service: run ids have at most 256 characters, names of models 255. */
const LONGEST = 256;

function need<K extends string>(
  fields: Record<K, string | undefined>,
  make: (fields: Record<K, string>) => MlEvent,
): ParsedEvent {
  const missing = Object.entries(fields).filter(([, value]) => value === undefined).map(([key]) => key); // prettier-ignore
  if (missing.length > 0) return { result: 'malformed', reason: `data lacks ${missing.join(', ')}` };
  const long = Object.entries<string | undefined>(fields).filter(([, value = '']) => value.length > LONGEST).map(([key]) => key); // prettier-ignore
  if (long.length > 0) return { result: 'malformed', reason: `data has too long a ${long.join(', ')}` };
  // Every field was checked just above; the type cannot say so.
  return { result: 'event', event: make(fields as Record<K, string>) };
}

const TERMINAL = new Set(['completed', 'failed', 'canceled']);

export function isTerminal(status: string): boolean {
  return TERMINAL.has(status.toLowerCase());
}

export function isCompleted(status: string): boolean {
  return status.toLowerCase() === 'completed';
}

/** Why a run that is not ours matters to nobody, in words that can be counted; undefined for what a monitor wrote on. */
export function unremarkable({ child, status, thresholdTags }: RunEvent): string | undefined {
  if (thresholdTags) return undefined;
  if (child) return 'a step or child of a run';
  return isTerminal(status) ? 'a run of others' : 'a run that goes on';
}
