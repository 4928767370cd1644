import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Schema } from './envelope.ts';

export interface TopicOptions {
  readonly name: string;
  readonly schema: Schema;
  /** Base64; a new one where absent. */
  readonly key?: string;
}

export interface Topic {
  readonly name: string;
  readonly schema: Schema;
  readonly key: string;
  /** What a publisher is given: `https://.../api/events`. */
  readonly endpoint: string;
  /** Accepted events as they came, oldest first. */
  readonly received: Record<string, unknown>[];
}

export function makeTopic({ name, schema, key }: TopicOptions, origin: string): Topic {
  const endpoint = `${origin}/topics/${name}/api/events`;
  return { name, schema, key: key ?? randomBytes(32).toString('base64'), endpoint, received: [] };
}

const digest = (text: string) => createHash('sha256').update(text).digest();

export function keyFits(topic: Topic, given: string | undefined): boolean {
  return given !== undefined && timingSafeEqual(digest(topic.key), digest(given));
}

const text = z.string().min(1);
const shapes = {
  EventGridSchema: z.looseObject({
    id: text,
    subject: text,
    eventType: text,
    eventTime: z.iso.datetime({ offset: true }),
    dataVersion: z.string().optional(),
    data: z.unknown(),
  }),
  CloudEventSchemaV1_0: z.looseObject({ id: text, source: text, type: text, specversion: z.literal('1.0') }),
} satisfies Record<Schema, z.ZodType>;

const contentTypes: Readonly<Record<string, Schema>> = {
  'application/json': 'EventGridSchema',
  'application/cloudevents+json': 'CloudEventSchemaV1_0',
  'application/cloudevents-batch+json': 'CloudEventSchemaV1_0',
};

/** The events of a request body, or why the topic refuses them. All or none are taken. */
export function readEvents(topic: Topic, contentType: string, body: string): Record<string, unknown>[] | string {
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  const sent = contentTypes[mediaType];
  if (sent !== topic.schema) {
    return `This resource is configured to receive event in '${topic.schema}' schema. The JSON sent as '${mediaType}' is not of it.`;
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return `The request body is not JSON: ${String(error)}`;
  }
  const single = mediaType === 'application/cloudevents+json';
  const parsed = z
    .array(shapes[topic.schema])
    .min(1)
    .safeParse(single ? [json] : json);
  return parsed.success ? parsed.data : `The events do not conform to the schema: ${z.prettifyError(parsed.error)}`;
}
