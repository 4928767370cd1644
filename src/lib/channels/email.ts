import type {
  EmailClient,
  EmailClientOptions,
  EmailMessage,
  EmailSendOptionalParams,
} from '@azure/communication-email';
import { isRestError } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { v5 as uuidOf } from 'uuid';
import { Refused } from '../core/errors.ts';
import type { Notice } from '../core/notice.ts';
import type { EstateChannel } from '../core/policy/estate.ts';
import type { Channel } from '../ports.ts';
import { askOperation, operationStatus } from './emailOperation.ts';
import { inOurWords } from './failure.ts';

const PROVIDER = 'e-mail';
const TIME_LIMIT_MS = 30_000;
/** Makes our ids differ from everybody else's for the same text; never change it, or repeats stop being recognised. */
const OPERATION_NAMESPACE = '3c0b6a0e-6e0e-4d0c-9d5f-1f3b7a9b6c55';

export type EmailTarget = Extract<EstateChannel, { kind: 'email' }>;

export interface EmailOptions {
  /** `https://<name>.communication.azure.com` */
  readonly endpoint: string;
  /** A sender that exists on a domain linked to the communication service. */
  readonly sender: string;
  readonly credential: TokenCredential;
  /** Puts a notice into words. */
  readonly write: (notice: Notice) => { readonly subject: string; readonly text: string; readonly html: string };
  readonly client?: EmailClientOptions;
  /** Real time; 30 s unless said otherwise. `deliver` holds its claim for longer than that. */
  readonly timeLimitMs?: number;
}

/**
 * Azure Communication Services. A mail is sent when the service has accepted it; delivery reports come as events.
 * Each mail costs one send and one status query (the client asks once by itself), and retries would spend the same
 * small quota: a provider-managed domain has 10 sends an hour. So there are none here; `deliver` waits and asks again.
 */
export function emailChannel(options: EmailOptions): Channel<EmailTarget> {
  const clientOptions = { ...options.client, retryOptions: { maxRetries: 0 } };
  let client: Promise<EmailClient> | undefined;
  return {
    async send({ notice }, deliveryId, { to }) {
      client ??= connect(options, clientOptions);
      const mail = options.write(notice);
      const message: EmailMessage = {
        senderAddress: options.sender,
        content: { subject: mail.subject, plainText: mail.text, html: mail.html },
        recipients: { to: to.map((address) => ({ address })) },
        disableUserEngagementTracking: true,
      };
      await sendOnce(await client, message, uuidOf(deliveryId, OPERATION_NAMESPACE), options);
    },
  };
}

async function connect(options: EmailOptions, clientOptions: EmailClientOptions): Promise<EmailClient> {
  const { EmailClient } = await import('@azure/communication-email');
  return new EmailClient(options.endpoint, options.credential, clientOptions);
}

/**
 * The client asks for the status once after the service took the mail. What that question meets (429, a time-out) says
 * nothing about the mail, which is on its way; only the answer "failed" does.
 */
async function sendOnce(client: EmailClient, message: EmailMessage, operationId: string, options: EmailOptions) {
  let accepted = false;
  let failed = false;
  const params: EmailSendOptionalParams = {
    operationId,
    abortSignal: AbortSignal.timeout(options.timeLimitMs ?? TIME_LIMIT_MS),
    onResponse({ request, status, bodyAsText }) {
      if (request.method === 'POST') accepted = status === 202;
      else failed = status === 200 && operationStatus(bodyAsText) === 'failed';
    },
  };
  try {
    await client.beginSend(message, params);
  } catch (error) {
    if (failed) throw new Refused('invalid', PROVIDER, 'the service took the mail, then failed it', { cause: error });
    if (accepted || (await sentBefore(error, operationId, options))) return;
    throw inOurWords(error, PROVIDER);
  }
}

/**
 * [unverified] The service's documents do not say what a second send under one Operation-Id gets; users report 400. So
 * a refusal is not read but checked: when an operation of our id exists and has not failed, that mail was sent before.
 */
async function sentBefore(error: unknown, operationId: string, options: EmailOptions): Promise<boolean> {
  if (!isRestError(error) || (error.statusCode !== 400 && error.statusCode !== 409)) return false;
  const status = await askOperation(
    operationId,
    options,
    AbortSignal.timeout(options.timeLimitMs ?? TIME_LIMIT_MS),
  ).catch((cause: unknown) => {
    throw inOurWords(cause, PROVIDER);
  });
  if (status === 'failed') throw new Refused('invalid', PROVIDER, 'took this mail before, and failed to send it', { cause: error }); // prettier-ignore
  return status === 'taken';
}
