import { describe, expect, test } from 'vitest';
import { mailOf } from '../../../../src/lib/core/message.ts';
import type { Origin } from '../../../../src/lib/core/origin.ts';
import type { Notice, NoticeOfTraining } from '../../../../src/lib/core/notice.ts';
import type { Breach, Cause } from '../../../../src/lib/core/training/state.ts';
import { broken, monitored, notices } from './notices.ts';

const write = (notice: Notice) => mailOf(notice, { baseUrl: 'https://steward.example.net' });
const hostile = 'x"><img src=y onerror=alert(1)>\r\nBcc: all@example.com\u0000\u202Egnp & \'</title>';

const everyCause = (text: string): Cause[] => [
  { kind: 'monitor', id: 'm', at: monitored.at, from: text, monitor: text, run: text, breaches: [hostileBreach(text)] },
  { kind: 'datasetDrift', id: 'a', at: monitored.at, name: text },
  { kind: 'newData', id: 'b', at: monitored.at, data: text, version: text },
  { kind: 'command', id: 'c', at: monitored.at, actor: text, reason: text },
];
const hostileBreach = (text: string): Breach => ({
  ...broken,
  signal: text,
  features: [{ feature: text, metric: text, value: 1, threshold: 2, group: text }],
});
const hostilePin = { input: hostile, data: hostile, version: hostile };
const madeByTraining: Origin = { training: 3, causes: everyCause(hostile), more: 2, data: [hostilePin] };

function attackedTraining(training: NoticeOfTraining): NoticeOfTraining {
  return { ...training, causes: everyCause(hostile), job: hostile, commit: hostile, pins: [hostilePin], unpinned: [hostile] }; // prettier-ignore
}

/** Everything that comes from outside, at once. */
const attacked = (notice: Notice): Notice => ({
  ...notice,
  model: hostile,
  version: hostile,
  champion: hostile,
  sentence: hostile,
  cause: hostile,
  data: hostile,
  actor: hostile,
  endpoint: hostile,
  live: { [hostile]: 8 },
  reasons: notice.reasons.map((reason) => ({ ...reason, what: hostile, note: hostile })),
  origin: { ...madeByTraining, job: hostile, commit: hostile },
  ...(notice.training ? { training: attackedTraining(notice.training) } : {}),
  ...(notice.harm ? { harm: { ...notice.harm, mostCommon: hostile } } : {}),
});

describe.each(Object.values(notices))('$kind', (notice) => {
  test('says the state and has one link, to the status', () => {
    const { subject, html } = write(notice);
    expect(subject.startsWith('spam-filter prod: ')).toBe(true);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1]);
    expect(links).toEqual(['https://steward.example.net/api/models/prod/spam-filter']);
  });

  test('keeps what comes from outside harmless', () => {
    const { subject, text, html } = write(attacked(notice));
    expect(subject).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(subject.length).toBeLessThanOrEqual(120);
    expect(text).not.toMatch(/^Bcc:/m);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(html).not.toContain('<img');
    expect(html.match(/<\/title>/g)).toHaveLength(1);
    expect(html.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('uses no number that a person cannot read', () => {
    const { subject, text } = write(notice);
    expect(`${subject}\n${text}`).not.toMatch(/undefined|NaN|\[object|\d\.\d{5}/);
  });
});

test('a long model name leaves room for what happened', () => {
  const { subject } = write({ ...notices.rollbackNotVerified, model: 'm'.repeat(255) });
  expect(subject).toContain('ROLLBACK NOT VERIFIED: 8 % still on v7');
});

test('an error text of pages is cut', () => {
  const { text } = write({ ...notices.stalled, sentence: 'trace '.repeat(5000) });
  expect(text.length).toBeLessThan(3000);
  expect(text).toContain('…');
});

test('a foreign deployment that takes traffic is called by its name', () => {
  const live = { 'm6-12345678': 70, 'somebodys-test': 30 };
  const { subject } = write({ ...notices.rollbackNotVerified, live });
  expect(subject).toBe('spam-filter prod: ROLLBACK NOT VERIFIED: 30 % still on somebodys-test');
});

test('the command for going back names the release, the hold commands do not', () => {
  expect(write(notices.released).text).toContain('"release":7}');
  expect(write(notices.trafficHeld).text).not.toContain('"release"');
});

function adoptKey(at: string): string | undefined {
  return /Idempotency-Key: [^']*-adopt/.exec(write({ ...notices.trafficHeld, at }).text)?.[0];
}

test('the same choice at another occasion is another command', () => {
  expect(adoptKey('2026-12-04T03:16:00.000Z')).not.toBe(adoptKey('2026-12-04T05:16:00.000Z'));
});

test.each([
  ['with its time', 'trafficHeld', 'held-7-2026-12-04T03:16:00.000Z', 'held-7-20261204031600-adopt'],
  ['with the time of something else', 'trafficHeld', 'held-2026-12-03T00:00:00.000Z', 'held-20261203000000-20261204031600-adopt'],
  ['without one', 'trafficHeld', 'held-7', 'held-7-20261204031600-adopt'],
] as const)('a command is named after its notice: an id %s', (_, kind, id, key) => {
  expect(write({ ...notices[kind], id }).text).toContain(`'Idempotency-Key: ${key}'`);
}); // prettier-ignore

describe('a released version of a model that is trained on drift', () => {
  const line = 'one whose target is the deployment of v6 must be pointed at that of v7 before then.';

  test('asks to point the monitor at its deployment, while the old one is kept', () => {
    const { text, html } = write({ ...notices.released, monitored: true });
    expect(text).toContain(`is deleted.\nMonitor: ${line}\n`);
    expect(html).toContain(`<strong>Monitor:</strong> ${line}</p>`);
  });

  test('does not where nothing is kept, or nothing is trained on drift', () => {
    const { keptUntil: _, ...nothingKept } = notices.released;
    for (const notice of [{ ...nothingKept, monitored: true } as const, notices.released])
      expect(write(notice).text).not.toContain('Monitor:');
  });
});

test('the HTML of a verified rollback', () => {
  expect(write(notices.rolledBack).html).toMatchInlineSnapshot(`
    "<!doctype html>
    <html lang="en" style="color-scheme:light dark">
    <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>spam-filter prod: v7 rolled back, v6 serves 100 % (verified)</title></head>
    <body style="margin:0;padding:16px;font-family:system-ui,-apple-system,&#39;Segoe UI&#39;,Roboto,sans-serif;font-size:15px;line-height:1.5">
    <div style="max-width:640px;margin:0 auto">
    <p style="margin:0 0 16px;padding:2px 0 2px 12px;border-left:4px solid #2f8f4e;font-size:17px;font-weight:600">Safe since 03:12 UTC: v6 takes all traffic (read back from Azure 03:12 UTC, errors at 0.9 % by 03:16 UTC). Nothing to do now.</p>
    <p style="margin:0 0 10px"><strong>Why:</strong> The challenger does worse than the champion on live traffic. In 6 minutes v7 failed 13 of 300 requests (4.3 %), v6 24 of 2,700 (0.9 %): 4.9 times as often, allowed less than 2 times.</p>
    <p style="margin:0 0 10px"><strong>How sure:</strong> if they were equal, evidence this strong would turn up in fewer than 1 of 140 releases (policy: 1 in 50).</p>
    <p style="margin:0 0 10px"><strong>Harm:</strong> 300 requests reached v7; 13 failed, about 10 of them would not have on v6. Most common: 424.</p>
    <table style="width:100%;border-collapse:collapse;margin:6px 0 14px"><tr><th style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;font-size:13px;opacity:.75;font-weight:600">Check</th><th style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;font-size:13px;opacity:.75;font-weight:600">v6</th><th style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;font-size:13px;opacity:.75;font-weight:600">v7</th><th style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;font-size:13px;opacity:.75;font-weight:600"></th></tr><tr style="border-top:1px solid rgba(128,128,128,.35)"><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;font-weight:600">errors</td><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top">0.9 %</td><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top">4.3 %</td><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;text-align:right;font-weight:700;color:#d93843">FAIL</td></tr>
    <tr><td colspan="4" style="padding:0 0 8px;font-size:13px;opacity:.75">4.9 times as often, allowed less than 2 times; 300 requests against 2,700</td></tr><tr style="border-top:1px solid rgba(128,128,128,.35)"><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;font-weight:600">latency</td><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top">58 ms</td><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top">61 ms</td><td style="padding:6px 8px 2px 0;text-align:left;vertical-align:top;text-align:right;font-weight:700;color:#2f8f4e">PASS</td></tr>
    <tr><td colspan="4" style="padding:0 0 8px;font-size:13px;opacity:.75">1.1 times as long, allowed 1.3 times; 240 requests against 2,200</td></tr></table>
    <p style="margin:0 0 10px"><strong>Traffic it had:</strong> 10 % at 03:05 UTC.</p>
    <p style="margin:0 0 10px"><strong>Afterwards:</strong> v7 stays deployed at 0 % until 5 Dec 03:12 UTC for a look, then is deleted. v7 is not tried again by itself.</p>

    <p style="margin:20px 0 0"><a href="https://steward.example.net/api/models/prod/spam-filter" style="color:#3b82d6">Status (JSON)</a></p>
    <p style="margin:12px 0 0;padding-top:8px;border-top:1px solid rgba(128,128,128,.35);font-size:13px;opacity:.75">Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC</p>
    </div>
    </body>
    </html>
    "
  `);
});

test.each([
  [{ job: 'train-<b>7' }, 'Where from: training job train-<b>7.', 'train-&lt;b&gt;7'],
  [
    {
      job: 'stw-4f2a6b8c0d1e-t3-a1',
      training: 3,
      causes: [monitored],
      commit: '9c1e2b7f00aa11bb22cc33dd44ee55ff66778899',
      data: [{ input: 'x', data: 'mails', version: '14' }],
    },
    'Where from: drift on 3 features -> training stw-4f2a6b8c0d1e-t3-a1 -> v',
    '(commit 9c1e2b7, data mails:14).',
  ],
  [{}, 'Where from: registered by hand, without a training job.', 'registered by hand'],
] satisfies [Origin, string, string][])(
  'every mail of a release says where the version came from: %j',
  (origin, text, html) => {
    for (const kind of [
      'released',
      'rejected',
      'rolledBack',
      'aborted',
      'decisionNeeded',
      'rollbackNotVerified',
    ] as const) {
      const mail = mailOf({ ...notices[kind], origin }, { baseUrl: 'https://steward.example.com' });
      expect(mail.text).toContain(text);
      expect(mail.html).toContain(html);
    }
  },
);
