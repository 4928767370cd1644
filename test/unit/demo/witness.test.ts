import { expect, test } from 'vitest';
import type { RecordedCall } from '../../../emulator/world.ts';
import { answersOf, doneTwice, servedBy, trafficPuts, trainingJobs } from '../../../demo/witness.ts';

const at = new Date('2026-11-05T09:00:00Z');
const endpoint = '/subscriptions/s/resourceGroups/g/providers/p/workspaces/w/onlineEndpoints/spam-online';

function put(path: string, body: unknown, status = 200): RecordedCall {
  return { at, service: 'arm', method: 'PUT', path, status, body };
}

function trafficOf(generation: string, traffic: Record<string, number>, status = 200): RecordedCall {
  return put(endpoint, { tags: { stewardGeneration: generation }, properties: { traffic } }, status);
}

test('only writes of the endpoint with the mark of Steward are traffic changes', () => {
  const byTeam = put(endpoint, { properties: { traffic: { first: 100 } } });
  const deployment = put(`${endpoint}/deployments/m2-abc`, { properties: {} });
  const calls = [byTeam, deployment, trafficOf('1', { first: 90, m2: 10 }), trafficOf('1', { first: 90, m2: 10 }, 409)];
  expect(trafficPuts(calls).map(({ generation, status }) => [generation, status])).toEqual([['1', 200], ['1', 409]]); // prettier-ignore
});

test('what a person wrote back with the mark of Steward is his, and never Steward doing a thing twice', () => {
  const byHand = { ...trafficOf('1', { first: 20, m2: 80 }), by: 'Cid Cole' };
  const calls = [trafficOf('1', { first: 50, m2: 50 }), byHand, byHand];
  expect(trafficPuts(calls).map(({ by }) => by)).toEqual([undefined, 'Cid Cole', 'Cid Cole']);
  expect(doneTwice({ calls }, [])).toEqual([]);
});

test('traffic of one endpoint is not that of another, also where deployments have one name', () => {
  const other = put(`${endpoint}-test`, { tags: { stewardGeneration: '1' }, properties: { traffic: { m2: 100 } } });
  const calls = [trafficOf('1', { m2: 100 }), other];
  expect(trafficPuts(calls, 'spam-online-test')).toHaveLength(1);
  expect(doneTwice({ calls }, [])).toEqual([]);
});

test('answers of one endpoint are not those of another whose deployment has the same name', () => {
  const one = { at, workspace: 'w', deployment: 'first', status: 200, modelStatus: 200, durationMs: 4, live: true };
  const served = [{ ...one, endpoint: 'a' }, { ...one, endpoint: 'b', status: 500 }];
  const found = { endpoint: 'a' };
  expect(answersOf(servedBy({ served }, found), 'first', at, new Date(at.getTime() + 1))).toEqual({ requests: 1, errors: 0, meanMs: 4 });
}); // prettier-ignore

const brought = { properties: { tags: { stewardId: '17a3', 'steward.from': 'dev:2' } } };

test.each([
  { what: 'nothing twice', calls: [trafficOf('1', { m2: 10 }), trafficOf('2', { m2: 50 })], mails: ['a', 'b'], says: 0 },
  { what: 'a step twice', calls: [trafficOf('1', { m2: 10 }), trafficOf('1', { m2: 10 })], mails: [], says: 1 },
  { what: 'a refused try and a good one', calls: [trafficOf('1', { m2: 10 }, 409), trafficOf('1', { m2: 10 })], mails: [], says: 0 },
  { what: 'a job twice', calls: [put('/jobs/stw-1-e1-a1', {}), put('/jobs/stw-1-e1-a1', {})], mails: [], says: 1 },
  { what: 'a deployment twice', calls: [put(`${endpoint}/deployments/m2-a`, {}), put(`${endpoint}/deployments/m2-a`, {})], mails: [], says: 1 },
  { what: 'a version brought twice', calls: [put('/workspaces/ml-test/models/m/versions/2', brought), put('/workspaces/ml-test/models/m/versions/2', brought)], mails: [], says: 1 },
  { what: 'a version in two environments', calls: [put('/workspaces/ml-test/models/m/versions/2', brought), put('/workspaces/ml-prod/models/m/versions/2', brought)], mails: [], says: 0 },
  { what: 'a mail twice', calls: [], mails: ['a', 'a'], says: 1 },
])('$what: $says faults', ({ calls, mails, says }) => {
  expect(doneTwice({ calls }, mails.map((subject) => ({ subject })))).toHaveLength(says);
}); // prettier-ignore

test("trainings are Steward's own jobs, not evaluations nor the team's", () => {
  const names = ['train-spam-filter-1', 'stw-f964f3b865af-e1-a1', 'stw-f964f3b865af-t1-a1', 'stw-f964f3b865af-t1-a2'];
  const jobs = new Map(names.map((name) => [name, undefined]));
  expect(trainingJobs({ workspace: { jobs } })).toEqual(['stw-f964f3b865af-t1-a1', 'stw-f964f3b865af-t1-a2']);
});
