import type { EventGridPublisherClient, EventGridPublisherClientOptions } from '@azure/eventgrid';
import type { TokenCredential } from '@azure/identity';
import { Refused } from '../core/errors.ts';
import { endOf, type Notice } from '../core/notice.ts';
import type { EstateChannel, SettingReference } from '../core/policy/estate.ts';
import type { Channel } from '../ports.ts';
import { inOurWords } from './failure.ts';

const PROVIDER = 'event topic';
const TIME_LIMIT_MS = 30_000;

export type EventGridTarget = Extract<EstateChannel, { kind: 'eventGrid' }>;

export interface EventGridOptions {
  /** Used where the channel names no key. Needs the role "EventGrid Data Sender" on the topic. */
  readonly credential: TokenCredential;
  /** The value of an app setting; undefined when there is none. */
  readonly setting: (reference: SettingReference) => string | undefined;
  readonly client?: EventGridPublisherClientOptions;
  /** Real time; 30 s unless said otherwise. */
  readonly timeLimitMs?: number;
}

/**
 * A CloudEvent `Steward.ReleaseEnded` to a custom topic, for other systems. The topic does not recognise repeats; the
 * event's id is the delivery's, so that receivers can.
 */
export function eventGridChannel(options: EventGridOptions): Channel<EventGridTarget> {
  const clients = new Map<string, Promise<EventGridPublisherClient<'CloudEvent'>>>();
  return {
    async send({ notice }, deliveryId, target) {
      const event = releaseEnded(notice, deliveryId);
      const name = `${target.endpoint} ${target.key?.setting ?? ''}`;
      const client = clients.get(name) ?? connect(target, options);
      clients.set(name, client);
      try {
        await (await client).send([event], { abortSignal: AbortSignal.timeout(options.timeLimitMs ?? TIME_LIMIT_MS) });
      } catch (error) {
        clients.delete(name);
        throw error instanceof Refused ? error : inOurWords(error, PROVIDER);
      }
    },
  };
}

async function connect(target: EventGridTarget, options: EventGridOptions) {
  const { AzureKeyCredential, EventGridPublisherClient } = await import('@azure/eventgrid');
  const key = target.key === undefined ? undefined : options.setting(target.key);
  if (target.key !== undefined && key === undefined)
    throw new Refused('invalid', PROVIDER, `app setting '${target.key.setting}' is not set`);
  const credential = key === undefined ? options.credential : new AzureKeyCredential(key);
  return new EventGridPublisherClient(target.endpoint, 'CloudEvent', credential, {
    ...options.client,
    retryOptions: { maxRetries: 0 },
  });
}

function releaseEnded(notice: Notice, deliveryId: string) {
  const end = endOf(notice.kind);
  if (end === undefined || notice.release === undefined)
    throw new Refused('invalid', PROVIDER, `a notice '${notice.kind}' is no end of a release`);
  const { environment, model, release, version, reasons, policy, audit } = notice;
  return {
    type: 'Steward.ReleaseEnded',
    source: `/steward/${environment}/${model}`,
    subject: `releases/${release}`,
    id: deliveryId,
    time: new Date(notice.at),
    datacontenttype: 'application/json',
    data: {
      environment, model, release, version, end, reasons, policy, audit,
      /** The version that serves now. */
      champion: end === 'released' ? version : notice.champion,
    }, // prettier-ignore
  };
}
