import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fault, ServedRequest, Workspace, World } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { logAnalyticsTraffic } from '../../../src/lib/azure/trafficLog.ts';
import type { TrafficMetrics } from '../../../src/lib/ports.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { outcome } from './outcome.ts';

const minuteMs = 60_000;
let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let log: TrafficMetrics;
/** Start of the minute in which the (standing) clock is. */
let thisMinuteMs: number;

beforeAll(async () => {
  emulator = await startTestEmulator({ clock: { origin: new Date('2026-11-26T12:00:30Z'), factor: 1e-6 } });
  ({ world, workspace } = emulator);
  log = logAnalyticsTraffic({ credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5, timeoutMs: 1_000 }); // prettier-ignore
  thisMinuteMs = Math.floor(world.clock.now().getTime() / minuteMs) * minuteMs;
});
afterAll(() => emulator.stop());
beforeEach(() => {
  world.served.length = 0;
  world.faults.length = 0;
  world.calls.length = 0;
});

/** The n-th minute before this one. */
const ago = (minutes: number, seconds = 0) => new Date(thisMinuteMs - minutes * minuteMs + seconds * 1000);
const minutes = (from: Date, to: Date) => log.minutes(workspace.id, 'spam', from, to);

/** One after the other, a second each. */
function serve(minutesAgo: number, given: readonly [status: number, durationMs: number][], more: Partial<ServedRequest> = {}): void {
  given.forEach(([status, durationMs], n) =>
    world.served.push({ at: ago(minutesAgo, n + 1), workspace: workspace.id, endpoint: 'spam', deployment: 'blue', status, modelStatus: status, durationMs, live: true, ...more }),
  );
} // prettier-ignore

function fault(given: Partial<Fault>): Fault {
  const made: Fault = { id: randomUUID(), service: 'logs', kind: 'status', times: 1, seen: 0, ...given };
  world.faults.push(made);
  return made;
}

describe('minutes of the traffic log', () => {
  test('are counts, mean and percentile of all that a deployment answered, whatever the code', async () => {
    serve(8, [[200, 10], [200, 40], [503, 20], [429, 30]]);
    serve(8, [[200, 1], [424, 2], [424, 90], [408, 4], [400, 3]], { deployment: 'green' });
    serve(5, [[200, 7]]);
    expect(await minutes(ago(10), ago(3))).toEqual([
      {
        at: ago(8).toISOString(),
        arms: {
          blue: { requests: 4, errors: 1, throttled: 1, failures: { 503: 1 }, meanLatencyMs: 25, p95LatencyMs: 40 },
          green: { requests: 5, errors: 3, throttled: 0, failures: { 408: 1, 424: 2 }, meanLatencyMs: 20, p95LatencyMs: 90 },
        },
      },
      { at: ago(5).toISOString(), arms: { blue: { requests: 1, errors: 0, throttled: 0, failures: {}, meanLatencyMs: 7, p95LatencyMs: 7 } } },
    ]);
  }); // prettier-ignore

  test('lie in the span with their starts', async () => {
    for (const minute of [9, 8, 7, 6]) serve(minute, [[200, 10], [200, 10]]); // prettier-ignore
    const seen = await minutes(ago(9, 1), ago(7, 1));
    expect(seen.map(({ at }) => at)).toEqual([ago(8), ago(7)].map((at) => at.toISOString()));
    expect(seen.map(({ arms }) => arms['blue']?.requests)).toEqual([2, 2]);
  });

  test('are not asked for where the span holds none', async () => {
    expect(await minutes(ago(9, 1), ago(9, 2))).toEqual([]);
    expect(await minutes(ago(3), ago(9))).toEqual([]);
    expect(world.calls).toEqual([]);
  });

  test('hold what has come in by now', async () => {
    serve(3, [[200, 10]]); // prettier-ignore
    serve(1, [[200, 10]]); // prettier-ignore
    expect((await minutes(ago(9), ago(0))).map(({ at }) => at)).toEqual([ago(3).toISOString()]);
  });

  test('are those of this endpoint in this workspace', async () => {
    serve(4, [[200, 10]], { endpoint: 'spam-2' });
    serve(4, [[200, 10]], { workspace: `${workspace.id}-2` });
    expect(await minutes(ago(9), ago(0))).toEqual([]);
    serve(4, [[200, 10]], { endpoint: 'Spam' });
    expect(await minutes(ago(9), ago(0))).toHaveLength(1);
  });
});

describe('what could be a query of its own is refused before anything is sent', () => {
  test.each([`spam' or 1 == 1 //`, String.raw`spam\'`, 'spam"', 'spam\n| take 1', ''])('endpoint %j', async (name) => {
    expect(await outcome(log.minutes(workspace.id, name, ago(9), ago(0)))).toBe('Refused(invalid)');
    expect(world.calls).toEqual([]);
  });

  test('a workspace that is none', async () => {
    expect(await outcome(log.minutes('/subscriptions/s', 'spam', ago(9), ago(0)))).toBe('Refused(invalid)');
    expect(world.calls).toEqual([]);
  });
});

describe('no answer is never an answer', () => {
  const columns = ['minute', 'deployment', 'code', 'requests', 'timed', 'totalMs', 'p95Ms'].map((name) => ({ name, type: name === 'minute' ? 'datetime' : 'long' })); // prettier-ignore
  const answered = (row: readonly unknown[], more: object = {}) =>
    fault({ status: 200, body: { tables: [{ name: 'PrimaryResult', columns, rows: [row] }], ...more } });
  const good: readonly unknown[] = ['2026-11-26T11:55:00Z', 'blue', 200, 2, 2, 20, 10];

  test('a part of one is trouble', async () => {
    answered(good);
    expect(await minutes(ago(9), ago(0))).toHaveLength(1);
    answered(good, { error: { code: 'PartialError', message: 'a shard is away', details: [] } });
    await expect(minutes(ago(9), ago(0))).rejects.toMatchObject({ name: 'Unavailable', code: 'serverError', message: expect.stringContaining('a shard is away') }); // prettier-ignore
  });

  test('requests without a duration are counted, and have no latency', async () => {
    answered(['2026-11-26T11:55:00Z', 'blue', 500, 2, 0, null, null]);
    const [minute] = await minutes(ago(9), ago(0));
    expect(minute?.arms['blue']).toEqual({ requests: 2, errors: 2, throttled: 0, failures: { 500: 2 } });
  });

  test.each([
    ['no code', good.with(2, null), 'code'],
    ['no deployment', good.with(1, ''), 'deployment'],
    ['no number', good.with(3, 'many'), 'requests'],
  ])('a row with %s is told whole', async (_, row, place) => {
    answered(row);
    await expect(minutes(ago(9), ago(0))).rejects.toMatchObject({ name: 'BadInput', faults: [{ place: `0.${place}` }] }); // prettier-ignore
  });

  test('stumbles are repeated, throttling is handed on, a hang is given up', async () => {
    fault({ status: 503, times: 2 });
    expect(await outcome(minutes(ago(9), ago(0)))).toBe('done');
    fault({ status: 429, retryAfterSeconds: 600 });
    await expect(minutes(ago(9), ago(0))).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 600_000 });
    fault({ kind: 'hang', times: 9 });
    expect(await outcome(minutes(ago(9), ago(0)))).toBe('Unavailable(timeout)');
  });

  test.each([
    [403, 'Refused(forbidden)'],
    [400, 'Refused(invalid)'],
  ])('a refusal (%i) is one', async (status, told) => {
    fault({ status });
    expect(await outcome(minutes(ago(9), ago(0)))).toBe(told);
  });

  test('a workspace that is not there has no log', async () => {
    expect(await outcome(log.minutes(`${workspace.id}-gone`, 'spam', ago(9), ago(0)))).toBe('Refused(notFound)');
  });
});
