import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { customSender, mailOf as mailboxOf, type Mailbox } from '../../../emulator/services/email/mailbox.ts';
import type { Fault } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { emailChannel, type EmailTarget } from '../../../src/lib/channels/email.ts';
import { mailOf } from '../../../src/lib/core/message.ts';
import type { Channel } from '../../../src/lib/ports.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { notices } from '../../unit/core/message/notices.ts';

const delivery = { notice: notices.rolledBack, channel: 'oncall', createdAt: '2026-12-04T03:16:00.000Z' };
const oncall: EmailTarget = { kind: 'email', to: ['night@example.com', 'day@example.com'] };
let emulator: TestEmulator;
let mailbox: Mailbox;
let next = 0;

beforeAll(async () => {
  emulator = await startTestEmulator();
  mailbox = mailboxOf(emulator.world);
  mailbox.limits = { send: { perMinute: 1000, perHour: 1000 }, status: { perMinute: 1000, perHour: 1000 } };
});

afterEach(() => {
  mailbox.mails.length = 0;
  mailbox.repeated = 'acceptOnce';
  emulator.world.faults.length = 0;
  next += 1;
});

afterAll(() => emulator.stop());

function open(options: { sender?: string; endpoint?: string; timeLimitMs?: number } = {}): Channel<EmailTarget> {
  return emailChannel({
    endpoint: emulator.world.origin,
    sender: customSender,
    credential: appCredential({ managed: true }),
    write: (notice) => mailOf(notice, { baseUrl: 'https://steward.example.net' }),
    ...options,
  });
}

/** The same id for every send of one test, another for each test. */
function send(channel = open()): Promise<void> {
  return channel.send(delivery, `prod/spam-filter/d${next}/oncall`, oncall);
}

function givenFault(fault: Omit<Fault, 'id' | 'service' | 'times' | 'seen'>): Fault {
  const given: Fault = { id: 'f', service: 'email', times: 1, seen: 0, ...fault };
  emulator.world.faults.push(given);
  return given;
}

test('one mail to all addresses of the channel, as text and HTML', async () => {
  await send();
  expect(mailbox.mails).toMatchObject([
    { from: customSender, to: oncall.to, subject: 'spam-filter prod: v7 rolled back, v6 serves 100 % (verified)' },
  ]);
  expect(mailbox.mails[0]?.text).toContain('Safe since 03:12 UTC: v6 takes all traffic');
  expect(mailbox.mails[0]?.html).toContain('<!doctype html>');
});

describe('a repeat does not become a second mail', () => {
  test.each(['acceptOnce', 'refuse'] as const)('where the service does: %s', async (repeated) => {
    mailbox.repeated = repeated;
    await send();
    await send();
    expect(mailbox.mails).toHaveLength(1);
  });

  test('where the answer got lost', async () => {
    mailbox.repeated = 'refuse';
    givenFault({ kind: 'dropAnswer', method: 'POST' });
    await expect(send()).rejects.toMatchObject({ name: 'Unavailable', code: 'unreachable' });
    await send();
    expect(mailbox.mails).toHaveLength(1);
  });

  test('but another delivery is another mail', async () => {
    await send();
    next += 1;
    await send();
    expect(mailbox.mails).toHaveLength(2);
  });
});

describe('a mail that the service took is sent, whatever the question after it meets', () => {
  test('too many questions', async () => {
    givenFault({ kind: 'status', method: 'GET', status: 429, retryAfterSeconds: 60 });
    await send();
    expect(mailbox.mails).toHaveLength(1);
  });

  test('no answer', async () => {
    givenFault({ kind: 'hang', method: 'GET' });
    await send(open({ timeLimitMs: 1000 }));
    expect(mailbox.mails).toHaveLength(1);
  });
});

test('a mail that the service took and then failed is refused when it is sent again', async () => {
  mailbox.repeated = 'refuse';
  mailbox.failures.push({ code: 'EmailDroppedAllRecipientsSuppressed', message: 'all recipients are suppressed' });
  // The question that the client asks by itself comes before the failure, however slow this machine is.
  givenFault({ kind: 'status', method: 'GET', status: 200, body: { id: 'x', status: 'Running' } });
  await send();
  const taken = [...mailbox.operations.values()].at(-1);
  await vi.waitUntil(() => emulator.world.clock.now().getTime() - (taken?.startedAt.getTime() ?? 0) > 2_000);
  await expect(send()).rejects.toMatchObject({ name: 'Refused', code: 'invalid' });
});

test('a mail whose failure shows at once is refused', async () => {
  givenFault({ kind: 'status', method: 'GET', status: 200, body: { id: 'x', status: 'Failed', error: { code: 'c', message: 'm' } } });
  await expect(send()).rejects.toMatchObject({ name: 'Refused', code: 'invalid' });
}); // prettier-ignore

describe('unavailable, for asking again may help; asked only once here, for each try spends the quota', () => {
  test('over the limit of a managed domain, with the wait that was asked for', async () => {
    const fault = givenFault({ kind: 'status', method: 'POST', status: 429, retryAfterSeconds: 240 });
    await expect(send()).rejects.toMatchObject({ name: 'Unavailable', code: 'throttled', retryAfterMs: 240_000 });
    expect(fault.seen).toBe(1);
    expect(mailbox.mails).toHaveLength(0);
  });

  test('a fault of the server', async () => {
    const fault = givenFault({ kind: 'status', method: 'POST', status: 503 });
    await expect(send()).rejects.toMatchObject({ name: 'Unavailable', code: 'serverError' });
    expect(fault.seen).toBe(1);
  });

  test('no answer in time', async () => {
    givenFault({ kind: 'hang', method: 'POST' });
    await expect(send(open({ timeLimitMs: 1000 }))).rejects.toMatchObject({ name: 'Unavailable', code: 'timeout' });
  });

  test('a repeat that is refused, when nobody can say what became of the first', async () => {
    mailbox.repeated = 'refuse';
    await send();
    givenFault({ kind: 'status', method: 'GET', status: 503 });
    await expect(send()).rejects.toMatchObject({ name: 'Unavailable', code: 'serverError' });
  });
});

describe('refused, for asking again does not help', () => {
  test('a sender of a domain that is not linked', async () => {
    const channel = open({ sender: 'steward@elsewhere.example.net' });
    await expect(send(channel)).rejects.toMatchObject({ name: 'Refused', code: 'notFound' });
  });

  test('a sender that the domain does not have', async () => {
    const channel = open({ sender: customSender.replace('steward', 'nobody') });
    await expect(send(channel)).rejects.toMatchObject({ name: 'Refused', code: 'invalid' });
  });

  test('an identity without the role', async () => {
    givenFault({ kind: 'status', method: 'POST', status: 401, body: { error: { code: 'Denied', message: 'no role' } } });
    await expect(send()).rejects.toMatchObject({ name: 'Refused', code: 'forbidden', message: '401: no role' });
  }); // prettier-ignore
});
