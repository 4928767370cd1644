import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Deployment, Endpoint, Workspace, World } from '../../world.ts';
import type { FrontAnswer, ScoringRequest } from './asking.ts';
import { collectedFiles, rollingRates } from './collectedFiles.ts';

/** What one deployment was asked and what its model answered. */
export interface Exchange {
  readonly workspace: Workspace;
  readonly endpoint: Endpoint;
  readonly deployment: Deployment;
  readonly request: ScoringRequest;
  readonly answer: FrontAnswer;
}

/**
 * Which side of an exchange a collection holds. `request` and `response` are payload logging. The other two are, in
 * Azure, written by the scoring script with a Python package; here the front does what a script would that logs all.
 */
const sides: Readonly<Record<string, 'request' | 'answer'>> = {
  request: 'request',
  response: 'answer',
  model_inputs: 'request',
  model_outputs: 'answer',
};

const settingsSchema = z.object({
  collections: z.record(
    z.string(),
    z.object({
      dataCollectionMode: z.enum(['Enabled', 'Disabled']).nullish(),
      dataId: z.string().nullish(),
      samplingRate: z.number().min(0).max(1).nullish(),
    }),
  ),
  rollingRate: z.enum(rollingRates).nullish(),
});
type Settings = z.infer<typeof settingsSchema>;

/** Fractional parts of its multiples fill the unit interval evenly; unlike those that spread and mirror the traffic. */
const bronzeRatio = (Math.sqrt(13) - 3) / 2;

export interface DataCollector {
  collect(exchange: Exchange): void;
  /** Resolves when everything that was kept is stored. */
  stop(): Promise<void>;
}

/** Keeps exchanges of deployments that have a data collector; what is kept is written once a virtual minute. */
export function dataCollector(world: World): DataCollector {
  const files = collectedFiles(world);
  /** Parsed once for each body that a deployment was put with. */
  const known = new WeakMap<object, Settings>();
  const counts = new Map<string, number>();
  const collect: DataCollector['collect'] = ({ workspace, endpoint, deployment, request, answer }) => {
    const written = deployment.properties['dataCollector'];
    if (typeof written !== 'object' || written === null || answer.modelStatus === 0) return;
    const settings = known.get(written) ?? settingsSchema.parse(written);
    known.set(written, settings);
    const n = (counts.get(deployment.id) ?? 0) + 1;
    counts.set(deployment.id, n);
    const at = world.clock.now();
    const correlationid = randomUUID();
    for (const [name, collection] of Object.entries(settings.collections)) {
      const side = sides[name];
      const enabled = collection.dataCollectionMode === 'Enabled';
      if (side === undefined || !enabled || (n * bronzeRatio) % 1 >= (collection.samplingRate ?? 1)) continue;
      const body = side === 'request' ? request.body : answer.body;
      const place = { workspace, endpoint, deployment, collection: name, dataId: collection.dataId ?? undefined };
      const line = lineOf(name, deployment, { body, at, correlationid });
      files.add(place, settings.rollingRate ?? 'Hour', at, line);
    }
  };
  return { collect, stop: () => files.write() };
}

interface Payload {
  readonly body: Buffer | string;
  readonly at: Date;
  readonly correlationid: string;
}

/** One line of a collected file: a CloudEvent whose `data` is the payload. */
function lineOf(collection: string, deployment: Deployment, { body, at, correlationid }: Payload): string {
  const length = Buffer.byteLength(body);
  return JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    source: deployment.id,
    type: `azureml.inference.${collection}`,
    datacontenttype: 'application/json',
    time: at.toISOString(),
    data: jsonOrText(body.toString()),
    ...(collection === 'request' && { path: '/score', method: 'POST' }),
    contentrange: `bytes 0-${length - 1}/${length}`,
    correlationid,
    xrequestid: correlationid,
  });
}

function jsonOrText(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
