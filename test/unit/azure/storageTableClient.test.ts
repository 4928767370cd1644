import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { azureTable } from '../../../src/lib/azure/storageTableClient.ts';
import type { Table } from '../../../src/lib/azure/storageTable.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
const asked: string[] = [];

/** A table service that answers as told: for what Azurite never does. */
async function answering(answer: Answer): Promise<Table> {
  asked.length = 0;
  server = createServer((request, response) => {
    asked.push(`${request.method} ${decodeURIComponent(request.url ?? '')}`);
    request.resume().on('end', () => answer(request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:${port}/a`;
  return azureTable({ connectionString }, 'lifecycles');
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const failure = (code: string) => ({ 'odata.error': { code, message: { lang: 'en-US', value: code } } });
const page = (from: number, to: number) => ({
  value: Array.from({ length: to - from }, (_, n) => ({
    PartitionKey: 'p',
    RowKey: `r${from + n}`,
    'odata.etag': 'W/"1"',
  })),
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('a short page is followed while the service says that there is more, and no further than asked', async () => {
  const table = await answering((request, response) => {
    const next = new URL(request.url ?? '', 'http://a').searchParams.get('NextRowKey');
    const from = next === null ? 0 : Number(next.slice(1));
    // An empty page in the middle is legal too.
    const to = from === 2 ? 2 : from + 2;
    send(response, 200, page(from, to), {
      'x-ms-continuation-NextPartitionKey': 'p',
      'x-ms-continuation-NextRowKey': `r${from === 2 ? 3 : to}`,
    });
  });
  const rows = await table.range('p', { from: 'r', below: 's' }, 5);
  expect(rows.map(({ rowKey }) => rowKey)).toEqual(['r0', 'r1', 'r3', 'r4', 'r5']);
  expect(asked).toHaveLength(4);
  expect(asked[0]).toContain('$top=5');
});

test('a missing table is created once, and the call made again', async () => {
  let created = false;
  const table = await answering((request, response) => {
    if (request.url?.includes('Tables')) {
      created = true;
      return send(response, 201, { TableName: 'lifecycles' });
    }
    return created ? send(response, 200, page(0, 1)) : send(response, 404, failure('TableNotFound'));
  });
  expect(await table.range('p', { from: 'r', below: 's' }, 5)).toHaveLength(1);
  expect(asked.filter((line) => line.includes('Tables'))).toHaveLength(1);
});

test('a table that stays missing is told, not asked for again and again', async () => {
  const table = await answering((request, response) =>
    request.url?.includes('Tables')
      ? send(response, 409, failure('TableAlreadyExists'))
      : send(response, 404, failure('TableNotFound')),
  );
  await expect(table.range('p', { from: 'r', below: 's' }, 5)).rejects.toMatchObject({
    name: 'Refused',
    code: 'notFound',
  });
  expect(asked).toHaveLength(3);
});

test.each([
  [429, 'TooManyRequests', { name: 'Unavailable', code: 'throttled' }],
  [403, 'AuthorizationPermissionMismatch', { name: 'Refused', code: 'forbidden' }],
  [400, 'InvalidInput', { name: 'Refused', code: 'invalid' }],
])('%d is told in the words of the ports', async (status, code, expected) => {
  const table = await answering((_, response) => send(response, status, failure(code)));
  await expect(table.get('p', 'r')).rejects.toMatchObject(expected);
  await expect(table.transact('p', [{ do: 'delete', rowKey: 'r' }])).rejects.toMatchObject(expected);
});

test('an account that nobody answers for is unreachable', async () => {
  const table = await answering((_, response) => send(response, 500, {}));
  server.close();
  await once(server, 'close');
  await expect(table.get('p', 'r')).rejects.toMatchObject({ name: 'Unavailable', code: 'unreachable' });
}); // prettier-ignore
