import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';

const QUERY = `let asked = AmlOnlineEndpointTrafficLog
| where TimeGenerated >= datetime(2026-11-26T11:00:00.000Z) and TimeGenerated < datetime(2026-11-26T12:00:00.000Z)
| where EndpointName =~ 'spam' and isnotempty(DeploymentName)
| project minute = bin(TimeGenerated, 1m), deployment = DeploymentName, code = toint(ResponseCode), ms = toreal(TotalDurationMs);
asked
| summarize requests = count(), timed = countif(isnotnull(ms)), totalMs = sum(ms) by minute, deployment, code
| join kind=inner (asked | summarize p95Ms = percentile(ms, 95) by minute, deployment) on minute, deployment
| project minute, deployment, code, requests, timed, totalMs, p95Ms`;
const SPAN = '2026-11-26T11:00:00.000Z/2026-11-26T12:00:00.000Z';

let emulator: TestEmulator;

beforeAll(async () => {
  emulator = await startTestEmulator({ clock: { origin: new Date('2026-11-26T12:00:00Z'), factor: 1e-6 } });
  const base = { workspace: emulator.workspace.id, endpoint: 'spam', modelStatus: 200, live: true };
  emulator.world.served.push(
    { ...base, at: new Date('2026-11-26T11:01:01Z'), deployment: 'blue', status: 200, durationMs: 10.4 },
    { ...base, at: new Date('2026-11-26T11:01:02Z'), deployment: 'blue', status: 500, durationMs: 20.6 },
    { ...base, at: new Date('2026-11-26T11:59:00Z'), deployment: 'blue', status: 200, durationMs: 30 },
  );
});
afterAll(() => emulator.stop());
beforeEach(() => void (emulator.world.unimplemented.length = 0));

interface Answered {
  readonly status: number;
  readonly body: { readonly tables: readonly { readonly columns: readonly { readonly name: string }[]; readonly rows: readonly unknown[][] }[] };
} // prettier-ignore

async function ask(path: string, body: unknown, audience = 'https://api.loganalytics.io'): Promise<Answered> {
  const { origin, tokens } = emulator.world;
  const headers = { authorization: `Bearer ${tokens.issue(audience)?.token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Answered['body'] };
}

const here = () => `/v1${emulator.workspace.id}/query`;

describe('the one query that is understood', () => {
  test.each([
    ['a resource', here],
    ['a workspace of logs', () => `/v1/workspaces/${emulator.workspace.guid}/query`],
  ])('of %s is answered as one table, from what was really served and has come in', async (_, path) => {
    const { status, body } = await ask(path(), { query: QUERY, timespan: SPAN });
    expect(status).toBe(200);
    expect(body.tables).toHaveLength(1);
    expect(body.tables[0]?.columns.map(({ name }) => name)).toEqual(['minute', 'deployment', 'code', 'requests', 'timed', 'totalMs', 'p95Ms']); // prettier-ignore
    expect(body.tables[0]?.rows.toSorted()).toEqual([
      ['2026-11-26T11:01:00.000Z', 'blue', 200, 1, 1, 10, 21],
      ['2026-11-26T11:01:00.000Z', 'blue', 500, 1, 1, 21, 21],
    ]);
  });

  test('says nothing of what lies outside the time span', async () => {
    const { body } = await ask(here(), { query: QUERY, timespan: '2026-11-26T11:01:02.000Z/2026-11-26T12:00:00.000Z' });
    expect(body.tables[0]?.rows).toEqual([['2026-11-26T11:01:00.000Z', 'blue', 500, 1, 1, 21, 21]]);
  });
});

test.each([
  ['another query', () => ask(here(), { query: QUERY.replace('p95Ms = percentile(ms, 95)', 'p95Ms = percentile(ms, 99)'), timespan: SPAN })],
  ['more behind the query', () => ask(here(), { query: `${QUERY} | take 1`, timespan: SPAN })],
  ['no time span', () => ask(here(), { query: QUERY })],
  ['another resource', () => ask('/v1/subscriptions/s/query', { query: QUERY, timespan: SPAN })],
  ['another route', () => ask('/v1/$batch', { requests: [] })],
])('%s is answered 501', async (_, call) => {
  expect((await call()).status).toBe(501);
  expect(emulator.world.unimplemented).toHaveLength(1);
  emulator.world.unimplemented.length = 0;
}); // prettier-ignore

test.each([
  ['a token for something else', 401, () => ask(here(), { query: QUERY, timespan: SPAN }, 'https://management.azure.com')],
  ['a body without a query', 400, () => ask(here(), { kql: QUERY })],
  ['a workspace that is not there', 404, () => ask(here().replace('/query', '-gone/query'), { query: QUERY, timespan: SPAN })],
])('%s is refused: %i', async (_, status, call) => {
  expect(await call()).toMatchObject({ status, body: { error: { code: expect.any(String) } } });
}); // prettier-ignore
