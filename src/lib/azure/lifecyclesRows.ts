import { z } from 'zod';
import type { AuditRow } from '../core/audit.ts';
import { BadInput } from '../core/errors.ts';
import { COMMANDS, type InboxItem } from '../core/inbox.ts';
import { type Lifecycle } from '../core/lifecycle.ts';
import { ENDS, PHASES, type ClosedRelease } from '../core/release/state.ts';
import type { Delivery } from '../core/notice.ts';
import type { EndedTraining } from '../core/training/state.ts';
import { causes, endedTraining, request, trained, training } from './lifecyclesTraining.ts';
import type { Properties, Row } from './storageTable.ts';
import { MAX_PROPERTY_CHARS } from './storageTableLimits.ts';

/** A row that no version of Steward has written so: a person must look at it, and no retry helps. */
export class CorruptRow extends BadInput {
  override readonly name = 'CorruptRow';
  readonly rowKey: string;
  constructor(rowKey: string, why: string) {
    super(`Row ${rowKey}`, [{ place: 'properties', message: why }]);
    this.message = `Row ${rowKey} cannot be read: ${why}`;
    this.rowKey = rowKey;
  }
}

/** Domain JSON that only this code writes. What a pass branches on is checked; fields that a newer version added pass. */
function domain<T>(top: z.ZodType): z.ZodType<T> {
  return z.custom<T>().superRefine((value, context) => {
    const read = top.safeParse(value);
    if (!read.success) for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message });
  }); // prettier-ignore
}

const count = z.number().int().nonnegative();
const object = z.looseObject({});
const split = z.record(z.string(), z.number());

const approval = z.looseObject({
  role: z.string(),
  count,
  evidence: z.string(),
  until: z.string(),
  given: z.array(z.looseObject({ by: z.string(), actor: z.string(), at: z.string() })),
});

const glass = z.looseObject({ actor: z.string(), reason: z.string(), at: z.string(), until: z.string() });

const measured = z.looseObject({ value: z.number(), low: z.number(), high: z.number() });
const answers = z.looseObject({
  look: count,
  to: z.string(),
  found: z.looseObject({ copies: count, requests: count, unanswered: count, unmatched: count, unreadable: count }),
  measured: z.looseObject({ flips: measured.optional(), shift: measured.optional() }),
});
const shadow = z.looseObject({
  percent: z.number(),
  askedAt: z.string(),
  since: z.string().optional(),
  until: z.string().optional(),
  answers: answers.optional(),
  answersAway: z.looseObject({ at: z.string(), reason: z.string() }).optional(),
});

const release = z.looseObject({
  number: count, version: z.string(), startedAt: z.string(), policy: z.string(), phase: z.enum(PHASES), phaseSince: z.string(), approval: approval.optional(),
  breakGlass: glass.optional(),
  shadow: shadow.optional(),
}); // prettier-ignore

const handedOver = { from: z.string(), release: count, version: z.string(), workspace: z.string(), origin: object };
const arriving = z.looseObject({
  ...handedOver,
  since: z.string(),
  as: z.string().optional(),
  trouble: z.looseObject({ sentence: z.string(), since: z.string(), notBefore: z.string() }).optional(),
});

export const lifecycleJson = domain<Lifecycle>(
  z.looseObject({
    environment: z.string(),
    model: z.string(),
    sequence: count,
    generation: count,
    counters: z.looseObject({ release: count, evaluation: count, training: count.optional() }),
    champion: z.looseObject({ version: z.string(), deployment: z.string() }).optional(),
    release: release.optional(),
    waiting: z.looseObject({ version: z.string() }).optional(),
    breakingGlass: glass.extend({ version: z.string() }).optional(),
    sending: z.looseObject({ release: count, version: z.string(), to: z.array(z.string()) }).optional(),
    arriving: arriving.optional(),
    arrived: z.looseObject({ from: z.string(), release: count, version: z.string(), as: z.string() }).optional(),
    request: request.optional(),
    training: training.optional(),
    trained: trained.optional(),
    retiring: z.array(z.looseObject({ deployment: z.string(), until: z.string() })),
    traffic: z.looseObject({ desired: split, mirror: split.optional(), generation: count }).optional(),
    place: z.looseObject({ workspace: z.string(), endpoint: z.string(), policy: z.string() }).optional(),
    conditions: object,
    nextLook: z.string().optional(),
    checkBy: z.string().optional(),
    ended: z.array(
      z.looseObject({
        number: count,
        version: z.string(),
        end: z.enum(ENDS),
        cause: z.string(),
        at: z.string(),
        gain: z.number().optional(),
      }),
    ),
  }),
);

const identity = z.looseObject({ id: z.string(), names: z.array(z.string()), roles: z.array(z.string()) });

const happening = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('modelRegistered'), version: z.string() }),
  z.looseObject({ kind: z.literal('modelDeployed'), endpoint: z.string() }),
  z.looseObject({ kind: z.literal('runEnded'), run: z.string(), status: z.string() }),
  z.looseObject({ kind: z.enum(['monitorTold', 'monitorRan', 'outsideRun']), run: z.string() }),
  z.looseObject({ kind: z.literal('monitorsSeen'), found: z.enum(['none', 'several', 'some']), names: z.array(z.string()) }),
  z.looseObject({ kind: z.literal('datasetDrift'), id: z.string(), name: z.string(), coefficient: z.number().optional() }),
  z.looseObject({ kind: z.literal('newData'), data: z.string(), version: z.string() }),
  z.looseObject({ kind: z.literal('scheduleDue'), slot: z.string() }),
  z.looseObject({ kind: z.literal('handOver'), from: z.string(), ...causes }),
  z.looseObject({ kind: z.literal('versionHandedOver'), ...handedOver }),
  z.looseObject({ kind: z.literal('endpointDiffers'), live: split }),
  z.looseObject({ kind: z.literal('published') }),
  z.looseObject({ kind: z.literal('orphansSeen'), jobs: z.array(z.string()), deployments: z.array(z.looseObject({ name: z.string(), version: z.string() })) }),
  z.looseObject({ kind: z.literal('command'), command: z.looseObject({ name: z.enum(COMMANDS), actor: z.string(), identity: identity.optional() }) }),
  z.looseObject({
    kind: z.literal('outcome'), release: count.optional(), training: count.optional(), outcome: z.looseObject({ of: z.string(), result: z.string() }),
  }),
]); // prettier-ignore

const itemJson = domain<InboxItem>(z.looseObject({ factKey: z.string(), receivedAt: z.string(), happening }));

const notice = z.looseObject({
  id: z.string(),
  kind: z.string(),
  audience: z.string(),
  at: z.string(),
  reasons: z.array(object),
});

export const deliveryJson = domain<Delivery>(z.looseObject({ notice, channel: z.string(), createdAt: z.string() }));

export const auditJson = domain<AuditRow>(
  z.looseObject({
    sequence: count,
    at: z.string(),
    previous: z.string().optional(),
    items: z.array(object),
    refused: z.record(z.string(), z.string()),
    facts: object,
    rules: z.array(z.string()),
    actions: z.array(object),
    notices: z.array(z.string()),
    patch: z.unknown(),
    rowDigest: z.string(),
  }),
);

export const closedJson = domain<ClosedRelease>(
  z.looseObject({
    number: count,
    version: z.string(),
    end: z.enum(ENDS),
    at: z.string(),
    sentence: z.string(),
    release,
  }),
);

export const endedTrainingJson = domain<EndedTraining>(endedTraining);

/** JSON in one property; what is too long for it is refused when the row is sent. */
export function json(value: unknown): Properties {
  return { json: jsonText(value) };
}

/** JSON over as many properties as it takes: `json`, `json1`, `json2`, ... */
export function longJson(value: unknown): Properties {
  const text = jsonText(value);
  const properties: Record<string, string> = {};
  let part = 0;
  for (let from = 0; from < text.length; part++) {
    const to = from + MAX_PROPERTY_CHARS;
    // A pair of surrogates that is torn apart would not survive the way through UTF-8.
    const torn = /[\ud800-\udbff]/.test(text.charAt(to - 1)) && to < text.length;
    properties[part === 0 ? 'json' : `json${part}`] = text.slice(from, torn ? to - 1 : to);
    from = torn ? to - 1 : to;
  }
  // Ends it: a row that is put again keeps the properties of what was longer.
  properties[`json${part}`] = '';
  return properties;
}

/** Azurite fails (500) on a transaction that holds these two as they are; whether the service does is unverified. */
const LINE_SEPARATORS = /[\u2028\u2029]/g;

function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(LINE_SEPARATORS, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}

/** Text that stands in a property for people to read. */
export function plain(text: string): string {
  return text.replaceAll(LINE_SEPARATORS, '\n');
}

/** An inbox item; one that cannot be read must not hide the others, so it comes as what its row holds. */
export function readItem(row: Row): InboxItem {
  try {
    return readJson(row, itemJson);
  } catch (error) {
    if (!(error instanceof CorruptRow)) throw error;
    const { factKey, json: text } = row.properties;
    return {
      factKey: typeof factKey === 'string' ? factKey : row.rowKey,
      receivedAt: row.rowKey.split('|')[2] ?? '',
      happening: { kind: 'unreadable', text: String(text), why: error.message },
    };
  }
}

/** What an item's row holds. An unreadable one is written as it was found. */
export function itemProperties(item: InboxItem): Properties {
  return item.happening.kind === 'unreadable' ? { json: item.happening.text } : json(item);
}

export function readJson<T>({ rowKey, properties }: Row, schema: z.ZodType<T>): T {
  let text = '';
  for (let part = 0; ; part++) {
    const value = properties[part === 0 ? 'json' : `json${part}`];
    if (typeof value !== 'string' || value === '') break;
    text += value;
  }
  const read = schema.safeParse(parseJson(rowKey, text));
  if (read.success) return read.data;
  throw new CorruptRow(
    rowKey,
    read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  );
}

function parseJson(rowKey: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CorruptRow(rowKey, 'it holds no JSON');
  }
}
