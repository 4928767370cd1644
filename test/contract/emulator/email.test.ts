import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EmailClient, type EmailMessage } from '@azure/communication-email';
import { AzureKeyCredential } from '@azure/core-auth';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { customSender, type Mailbox, mailOf, managedSender } from '../../../emulator/services/email/mailbox.ts';
import { startStorage, type Storage } from '../../../emulator/storage.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';

const noRetries = { retryOptions: { maxRetries: 0 } };
let storage: Storage;
/** One for the file: a second authority of the same name is not trusted in one process. */
let folder: string;
let emulator: TestEmulator;
let box: Mailbox;
let client: EmailClient;

const mail = (senderAddress = customSender): EmailMessage => ({
  senderAddress,
  content: {
    subject: 'spam-filter prod: v7 rolled back ✓',
    plainText: 'v6 serves 100 %',
    html: '<p>v6 serves 100 %</p>',
  },
  recipients: {
    to: [{ address: 'ml-oncall@example.com', displayName: 'On call' }],
    bcc: [{ address: 'b@example.com' }],
  },
});

async function start(factor: number) {
  emulator = await startTestEmulator({ clock: { origin: new Date(), factor }, storage: storage.addresses, folder });
  box = mailOf(emulator.world);
  client = new EmailClient(emulator.world.origin, new ManagedIdentityCredential(), noRetries);
}

const send = (message = mail(), operationId?: string) =>
  client.beginSend(message, { updateIntervalInMs: 20, ...(operationId && { operationId }) });

const signing = (key: string) => new EmailClient(emulator.world.origin, new AzureKeyCredential(key), noRetries);
const token = (resource: string) => `Bearer ${emulator.world.tokens.issue(resource)!.token}`;

async function statusOf(authorization: string | undefined, version: string): Promise<number> {
  const answer = await fetch(`${emulator.world.origin}/emails:send?api-version=${version}`, {
    method: 'POST',
    body: JSON.stringify(mail()),
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
  });
  return answer.status;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'email-'));
  storage = await startStorage();
});
afterAll(async () => {
  await storage.stop();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  await emulator.stop();
  rmSync(join(folder, 'mail'), { recursive: true, force: true });
});

describe('sending', () => {
  beforeEach(() => start(600));

  it('writes one readable mail and ends Succeeded', async () => {
    const id = randomUUID();
    const poller = await send(mail(), id);
    expect(await poller.pollUntilDone()).toMatchObject({ id, status: 'Succeeded' });
    expect(box.mails).toMatchObject([
      {
        operationId: id,
        from: customSender,
        to: ['ml-oncall@example.com'],
        bcc: ['b@example.com'],
        text: 'v6 serves 100 %',
      },
    ]);
    expect(basename(box.mails[0]!.file)).toBe('001-spam-filter-prod-v7-rolled-back.eml');
    const eml = readFileSync(box.mails[0]!.file, 'utf8');
    expect(eml).toMatch(/^To: On call <ml-oncall@example.com>\r$/m);
    expect(eml).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(eml).toContain('<p>v6 serves 100 %</p>');
    expect(eml).not.toContain('b@example.com');
  });

  it('takes a client that signs with the access key, and no other key', async () => {
    await signing(box.accessKey).beginSend(mail());
    expect(box.mails).toHaveLength(1);
    const wrong = signing(Buffer.from('wrong').toString('base64')).beginSend(mail());
    await expect(wrong).rejects.toMatchObject({ statusCode: 401 });
    expect(box.mails).toHaveLength(1);
  });

  it('sends once for one operation id, unless told to refuse the second', async () => {
    const id = randomUUID();
    await send(mail(), id);
    await send(mail(), id);
    expect(box.mails).toHaveLength(1);
    box.repeated = 'refuse';
    await expect(send(mail(), id)).rejects.toMatchObject({ statusCode: 400 });
    await send();
    expect(box.mails).toHaveLength(2);
  });

  it('ends Failed, with no mail, when told so', async () => {
    box.failures.push({ code: 'EmailDroppedAllRecipientsSuppressed', message: 'All recipients are suppressed.' });
    // The client asks once by itself when it sends: the failure may show there already.
    await expect(send().then((poller) => poller.pollUntilDone())).rejects.toThrow(/suppressed/i);
    expect(box.mails).toEqual([]);
  });

  it.each([
    ['a stranger', mail('steward@elsewhere.example'), 404, 'DomainNotLinked'],
    ['an unknown name', mail(customSender.replace('steward', 'nobody')), 400, 'InvalidSenderUserName'],
    ['no recipients', { ...mail(), recipients: { to: [] } }, 400, 'BadRequest'],
    ['a broken address', { ...mail(), recipients: { to: [{ address: 'nobody' }] } }, 400, 'BadRequest'],
    [
      '51 recipients',
      { ...mail(), recipients: { to: Array.from({ length: 51 }, (_, n) => ({ address: `a${n}@example.com` })) } },
      400,
      'BadRequest',
    ],
    ['no content', { ...mail(), content: { subject: 's' } as EmailMessage['content'] }, 400, 'BadRequest'],
  ])('refuses %s', async (_, message, statusCode, code) => {
    await expect(send(message)).rejects.toMatchObject({ statusCode, code });
    expect(box.mails).toEqual([]);
  });

  it('refuses tokens that are not for it, and api-versions it does not know', async () => {
    expect(await statusOf(undefined, '2025-09-01')).toBe(401);
    expect(await statusOf(token('https://management.azure.com'), '2025-09-01')).toBe(401);
    expect(await statusOf(token('https://communication.azure.com'), '2021-01-01')).toBe(400);
    expect(await statusOf(token('https://communication.azure.com'), '2023-03-31')).toBe(202);
  });
});

describe('limits', () => {
  it('lets a managed domain send 5 a minute and 10 an hour', async () => {
    // a virtual minute in 0.03 s, so that windows pass within the test.
    await start(1800);
    const limits = { perMinute: 5, perHour: 10 };
    const times: number[] = [];
    let refusals = 0;
    while (times.length < 11) {
      const refused = await send(mail(managedSender)).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused === undefined) times.push(box.mails.at(-1)!.at.getTime());
      else refusals += 1;
    }
    expect(refusals).toBeGreaterThan(0);
    for (const [index, time] of times.entries()) {
      expect(time - (times[index - limits.perMinute] ?? 0)).toBeGreaterThanOrEqual(60_000);
      expect(time - (times[index - limits.perHour] ?? 0)).toBeGreaterThanOrEqual(3_600_000);
    }
  });

  it('tells how many virtual seconds to wait, by the domain of the sender', async () => {
    // The clock all but stands still: the window is as full at the sixth mail as at the fifth.
    await start(1e-6);
    for (let count = 0; count < 5; count += 1) await send(mail(managedSender));
    const error = await send(mail(managedSender)).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ statusCode: 429 });
    const { response } = error as { response: { headers: { get(name: string): string } } };
    expect(Number(response.headers.get('retry-after'))).toBe(60);
    // Another domain has its own, wider limit; the mails before count against it all the same.
    await send(mail(customSender));
    expect(box.mails).toHaveLength(6);
  });
});
