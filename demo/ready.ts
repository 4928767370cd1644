import { join } from 'node:path';
import { buildWhenStale } from './built.ts';
import { sendRequests, type Clients } from './clients.ts';
import { count, seconds } from './figures.ts';
import { freePort } from './port.ts';
import type { Screen } from './screen.ts';
import { startCloud, startSteward, type Stack } from './stack.ts';
import type { Stopping } from './stopping.ts';
import { ENDPOINT, setUpTeam, type Registered, type Team } from './team.ts';

const POLICY = { policy: 'examples/spam-filter/policy.yaml', estate: 'examples/spam-filter/estate.yaml' };
/** Where people expect a functions app. */
const PORT = 7071;
/** Virtual; as many as two cores answer beside everything else without a queue. */
const REQUESTS_A_MINUTE = 200;

export interface Ready {
  readonly stack: Stack;
  readonly team: Team & { readonly first: Registered };
  readonly clients: Clients;
}

/** The whole stack, with version 1 in use by clients and Steward looking after it. */
export async function getReady(screen: Screen, folder: string, stops: Stopping): Promise<Ready> {
  screen.meanwhile(() => '  ..  starting');
  await buildWhenStale(() => screen.say('  ..  building the app'));
  const cloud = await startCloud({ folder });
  stops.add(() => cloud.stop());
  const team = await setUpTeam(cloud.azure, join(folder, 'data'), cloud.world.clock.now());
  const endpoint = cloud.workspace.endpoints.get(ENDPOINT);
  if (!endpoint) throw new Error(`There is no endpoint ${ENDPOINT}.`);
  const clients = sendRequests(cloud.world, endpoint, team.data, { perMinute: REQUESTS_A_MINUTE, first: 'liveFamiliar' });
  stops.add(() => clients.stop());
  const hostPort = await freePort(PORT);
  if (hostPort !== PORT) screen.say(`  ..  port ${PORT} is taken by another program: the app listens on ${hostPort} instead`);
  const stack = await startSteward(cloud, { hostPort, policy: POLICY });
  stops.add(() => stack.host.stop());
  screen.say(`  ok  storage, Azure ML, Event Grid, Monitor, e-mail on 127.0.0.1 . watch live: ${stack.host.url}/api/models?code=${stack.host.keys.function}`);
  const { version, rows, tookMs } = team.first;
  screen.say(`  ok  v${version} really trained on ${count(rows)} mails (${seconds(tookMs)}), serving 100 %, ${count(REQUESTS_A_MINUTE)} requests a minute`);
  return { stack, team, clients };
} // prettier-ignore
