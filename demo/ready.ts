import { join } from 'node:path';
import { buildDataSets } from '../examples/spam-filter/data.js';
import { buildWhenStale } from './built.ts';
import { setUpChain, type Chain } from './chain.ts';
import { REQUESTS_A_MINUTE, sendRequests, type Clients } from './clients.ts';
import { count, seconds } from './figures.ts';
import { freePort } from './port.ts';
import type { Screen } from './screen.ts';
import { startCloud, startSteward, type Stack } from './stack.ts';
import type { Stopping } from './stopping.ts';
import type { Place } from './place.ts';
import { ENDPOINT, MODEL, setUpTeam, type Registered, type Team } from './team.ts';

const FILES = 'examples/spam-filter';
/** Where people expect a functions app. */
const PORT = 7071;

export interface Ready {
  readonly stack: Stack;
  readonly team: Team & { readonly first: Registered };
  readonly clients: Clients;
  /** The spam filter in prod: what all acts but one are about. */
  readonly at: Place;
  /** Where it was asked for. */
  readonly chain?: Chain;
}

export interface Wishes {
  readonly screen: Screen;
  readonly folder: string;
  readonly stops: Stopping;
  /** Sets up the model that goes through three environments, too. */
  readonly chain: boolean;
}

/** The whole stack, with version 1 in use by clients and Steward looking after it. */
export async function getReady({ screen, folder, stops, chain: wanted }: Wishes): Promise<Ready> {
  screen.meanwhile(() => '  ..  starting');
  await buildWhenStale(() => screen.say('  ..  building the app'));
  const cloud = await startCloud({ folder });
  stops.add(() => cloud.stop());
  const data = buildDataSets(join(folder, 'data'));
  const at = { model: MODEL, environment: 'prod', endpoint: ENDPOINT, workspace: cloud.workspace, azure: cloud.azure };
  const team = await setUpTeam(at, data, cloud.world.clock.now());
  const chain = wanted ? await setUpChain(cloud, data, team.assets) : undefined;
  const endpoint = cloud.workspace.endpoints.get(ENDPOINT);
  if (!endpoint) throw new Error(`There is no endpoint ${ENDPOINT}.`);
  const clients = sendRequests(cloud.world, endpoint, team.data, { perMinute: REQUESTS_A_MINUTE, first: 'liveFamiliar' });
  stops.add(() => clients.stop());
  const hostPort = await freePort(PORT);
  if (hostPort !== PORT) screen.say(`  ..  port ${PORT} is taken by another program: the app listens on ${hostPort} instead`);
  const policies = [`${FILES}/policy.yaml`, ...(chain ? [`${FILES}/environments.yaml`] : [])];
  const stack = await startSteward(cloud, { hostPort, policy: { policies, estate: `${FILES}/estate.yaml` } });
  stops.add(() => stack.host.stop());
  screen.say(`  ok  storage, Azure ML, Event Grid, Monitor, e-mail on 127.0.0.1 . watch live: ${stack.host.url}/api/models?code=${stack.host.keys.function}`);
  const { version, rows, tookMs } = team.first;
  screen.say(`  ok  v${version} really trained on ${count(rows)} mails (${seconds(tookMs)}), serving 100 %, ${count(REQUESTS_A_MINUTE)} requests a minute`);
  if (chain) screen.say(`  ok  v1 of ${chain.dev.model}, another model, serves in dev, test and prod`);
  return { stack, team, clients, at, ...(chain ? { chain } : {}) };
} // prettier-ignore
