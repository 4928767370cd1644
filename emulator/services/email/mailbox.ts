import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { World } from '../../world.ts';
import { type DomainLimits, RequestBudget } from './limits.ts';
import type { EmailAddress, EmailMessage } from './message.ts';

export interface Mail {
  readonly number: number;
  readonly at: Date;
  readonly operationId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  /** The `.eml` file. */
  readonly file: string;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface Operation {
  readonly id: string;
  readonly startedAt: Date;
  readonly failure?: Failure;
}

/** What tests and the demo may read and set; all of it is this world's alone. */
export interface Mailbox {
  /** Every mail that was sent, oldest first. */
  readonly mails: Mail[];
  readonly operations: Map<string, Operation>;
  /** Addresses that exist on linked domains. */
  readonly senders: string[];
  /** Base64, for clients that sign with a key. */
  readonly accessKey: string;
  readonly budgets: { readonly send: RequestBudget; readonly status: RequestBudget };
  /** Instead of the limits that follow from the sender's domain. */
  limits: DomainLimits | undefined;
  /** A repeated Operation-Id: taken again without a second mail, or refused. Sources contradict each other. */
  repeated: 'acceptOnce' | 'refuse';
  /** Each next send takes one and its operation ends Failed. */
  readonly failures: Failure[];
}

/** On a domain that the provider manages, and on one's own. */
export const managedSender = 'DoNotReply@00000000-0000-0000-0000-0000000000e1.azurecomm.net';
export const customSender = 'steward@ml.example.com';

const boxes = new WeakMap<World, Mailbox>();

export function mailOf(world: World): Mailbox {
  const box = boxes.get(world) ?? {
    mails: [],
    operations: new Map(),
    senders: [managedSender, customSender],
    accessKey: randomBytes(32).toString('base64'),
    budgets: { send: new RequestBudget(), status: new RequestBudget() },
    limits: undefined,
    repeated: 'acceptOnce',
    failures: [],
  };
  boxes.set(world, box);
  return box;
}

const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

const named = ({ address, displayName }: EmailAddress) => ({ name: displayName ?? '', address });
const plain = (addresses: readonly EmailAddress[]) => addresses.map(({ address }) => address);

async function asEml(message: EmailMessage, operationId: string, at: Date): Promise<Buffer> {
  const { content, recipients } = message;
  const composed = await composer.sendMail({
    messageId: `<${operationId}@${message.senderAddress.split('@')[1] ?? 'localhost'}>`,
    date: at,
    from: message.senderAddress,
    to: recipients.to.map(named),
    cc: recipients.cc.map(named),
    replyTo: message.replyTo.map(named),
    subject: content.subject,
    headers: message.headers,
    ...(content.plainText === undefined ? {} : { text: content.plainText }),
    ...(content.html === undefined ? {} : { html: content.html }),
    attachments: message.attachments.map(({ name, contentType, contentInBase64 }) => ({
      filename: name,
      contentType,
      content: Buffer.from(contentInBase64, 'base64'),
    })),
  });
  if (!Buffer.isBuffer(composed.message)) throw new Error('The composer gave no buffer.');
  return composed.message;
}

function slug(subject: string): string {
  return subject.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, 60); // prettier-ignore
}

/**
 * Writes `NNN-<subject>.eml` and keeps the mail, as of when its sending was taken: the limits count by that time.
 * Numbers go on where an earlier start of this folder ended.
 */
export async function post(world: World, message: EmailMessage, operation: Operation): Promise<void> {
  const { id: operationId, startedAt: at } = operation;
  const folder = join(world.folder, 'mail');
  const eml = await asEml(message, operationId, at);
  mkdirSync(folder, { recursive: true });
  const number = 1 + Math.max(0, ...readdirSync(folder).map((name) => Number.parseInt(name, 10) || 0));
  const file = join(folder, `${String(number).padStart(3, '0')}-${slug(message.content.subject)}.eml`);
  writeFileSync(file, eml, { flag: 'wx' });
  mailOf(world).mails.push({
    number,
    at,
    operationId,
    from: message.senderAddress,
    to: plain(message.recipients.to),
    cc: plain(message.recipients.cc),
    bcc: plain(message.recipients.bcc),
    subject: message.content.subject,
    text: message.content.plainText,
    html: message.content.html,
    file,
  });
}
