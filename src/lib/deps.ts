/** The only joiner of lib and azure: reads the configuration once and hands out the ports. SDK clients load with their first use. */
import { z } from 'zod';
import { tableActiveIndex } from './azure/activeIndex.ts';
import { armArtifacts } from './azure/artifacts.ts';
import { armBatchEndpoints } from './azure/batchEndpoints.ts';
import { batchJobs } from './azure/batchRuns.ts';
import { appCredential } from './azure/credential.ts';
import { blobDeadLetters } from './azure/deadLetters.ts';
import { armDataAssets } from './azure/dataAssets.ts';
import { tableHistory } from './azure/history.ts';
import { armJobs } from './azure/jobs.ts';
import { blobLoggedAnswers } from './azure/loggedAnswers.ts';
import { tableLifecycles } from './azure/lifecycles.ts';
import { armModels } from './azure/models.ts';
import { armMonitors } from './azure/monitors.ts';
import { armCapacity } from './azure/capacity.ts';
import { armDeploymentUpdates } from './azure/deploymentsUpdate.ts';
import { armEndpoints } from './azure/onlineEndpoints.ts';
import { tableOutbox } from './azure/outbox.ts';
import { blobPolicyStore } from './azure/policyStore.ts';
import { blobRefusedStore } from './azure/refusedStore.ts';
import { armRuns } from './azure/runs.ts';
import { endpointScoring } from './azure/scoring.ts';
import type { StorageAddress } from './azure/storageAddress.ts';
import { logAnalyticsTraffic } from './azure/trafficLog.ts';
import { monitorTrafficMetrics } from './azure/trafficMetrics.ts';
import { armTrainings } from './azure/trainings.ts';
import { storageWorkQueue } from './azure/workQueue.ts';
import { emailChannel } from './channels/email.ts';
import { eventGridChannel } from './channels/eventGrid.ts';
import { githubChannel } from './channels/github.ts';
import { readConfig, settingOf, signInOf, type Config } from './config.ts';
import { Refused } from './core/errors.ts';
import type { Key } from './core/lifecycle.ts';
import { mailOf } from './core/message.ts';
import type { DeliverDeps } from './deliver.ts';
import type { HistoryDeps } from './history.ts';
import type { DeadLetterDeps } from './intake.ts';
import { createLog, type Level } from './log.ts';
import { publishedPolicies } from './policies.ts';
import type { Clock, PolicyStore, SignIn } from './ports.ts';
import type { ReconcileDeps } from './reconcile/situation.ts';
import type { SweepDeps } from './sweep.ts';
import type { ListPlacesDeps } from './sweep/listPlaces.ts';

export type Deps = DeadLetterDeps &
  ReconcileDeps &
  DeliverDeps &
  SweepDeps &
  ListPlacesDeps &
  HistoryDeps & { readonly policyStore: PolicyStore; readonly signIn?: SignIn };

/** What a Functions invocation offers for logging. */
export interface Invocation {
  readonly invocationId: string;
  log(...args: unknown[]): void;
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

let joined: Omit<Deps, 'log'> | undefined;

/** The ports, made once per process, with a log bound to this invocation. */
export function connect(invocation?: Invocation): Deps {
  joined ??= join(readConfig());
  const sink = invocation && ((level: Level, line: string) => invocation[level](line));
  return { ...joined, log: createLog(sink, invocation ? { pass: invocation.invocationId } : {}) };
}

function join(config: Config): Omit<Deps, 'log'> {
  const clock = clockOf(config);
  const factor = config.STEWARD_CLOCK?.factor ?? 1;
  const credential = appCredential({
    clientId: config.AZURE_CLIENT_ID,
    managed: config.IDENTITY_ENDPOINT !== undefined,
  });
  const storage = storageOf(config, credential);
  const policyStore = blobPolicyStore(storage);
  const signIn = signInOf(config);
  return {
    clock,
    chance: Math.random,
    lifecycles: tableLifecycles(storage),
    outbox: tableOutbox(storage, Date.now),
    history: tableHistory(storage),
    index: tableActiveIndex(storage),
    queue: storageWorkQueue(storage, { realDelayMs: (virtualMs) => virtualMs / factor }),
    refused: blobRefusedStore(storage),
    policyStore,
    policies: publishedPolicies(policyStore, clock),
    ...azurePorts(config, credential, clock),
    channels: channelsOf(config, credential),
    ...(config.STEWARD_DEAD_LETTERS === undefined
      ? {}
      : { deadLetters: blobDeadLetters(storage, config.STEWARD_DEAD_LETTERS) }),
    ...(signIn ? { signIn } : {}),
  };
}

function azurePorts(config: Config, credential: ReturnType<typeof appCredential>, clock: Clock) {
  const arm = { credential, endpoint: config.STEWARD_ARM_ENDPOINT };
  const datastores = config.STEWARD_DATASTORE_CONNECTION === undefined
    ? { address: config.STEWARD_DATASTORE_URL }
    : { connectionString: config.STEWARD_DATASTORE_CONNECTION }; // prettier-ignore
  return {
    models: armModels({ ...arm, datastores }),
    jobs: armJobs(arm),
    runs: armRuns({ ...arm, datastores }),
    artifacts: armArtifacts({ ...arm, datastores }),
    trainings: armTrainings(arm),
    monitors: armMonitors(arm),
    dataAssets: armDataAssets({ ...arm, datastores }),
    loggedAnswers: blobLoggedAnswers({ ...arm, datastores }),
    endpoints: armEndpoints(arm),
    batchEndpoints: armBatchEndpoints(arm),
    batchRuns: batchJobs({ ...arm, datastores }),
    capacity: armCapacity(arm),
    updates: armDeploymentUpdates(arm),
    trafficMetrics: monitorTrafficMetrics(arm),
    trafficLog: logAnalyticsTraffic({ credential, endpoint: config.STEWARD_LOGS_ENDPOINT }),
    scoring: endpointScoring({ ...arm, clock }),
  };
}

function clockOf({ STEWARD_CLOCK: clock }: Config): Clock {
  if (!clock) return { now: () => new Date() };
  const origin = Date.parse(clock.origin);
  return { now: () => new Date(origin + (Date.now() - clock.realStart) * clock.factor) };
}

function storageOf(config: Config, credential: ReturnType<typeof appCredential>): StorageAddress {
  if (config.AzureWebJobsStorage !== undefined) return { connectionString: config.AzureWebJobsStorage };
  const account = config.AzureWebJobsStorage__accountName ?? '';
  const address = (service: string, uri: string | undefined) => uri ?? `https://${account}.${service}.core.windows.net`;
  return {
    tableUri: address('table', config.AzureWebJobsStorage__tableServiceUri),
    queueUri: address('queue', config.AzureWebJobsStorage__queueServiceUri),
    blobUri: address('blob', config.AzureWebJobsStorage__blobServiceUri),
    credential,
  };
}

function channelsOf(config: Config, credential: ReturnType<typeof appCredential>): DeliverDeps['channels'] {
  const signIn = signInOf(config);
  const { STEWARD_EMAIL_ENDPOINT: endpoint, STEWARD_EMAIL_SENDER: sender, STEWARD_BASE_URL: baseUrl } = config;
  const links = { baseUrl, ...(signIn ? { signIn: signIn.clientId } : {}) };
  const noEmail = {
    send: async () => {
      throw new Refused(
        'invalid',
        'settings',
        'STEWARD_EMAIL_ENDPOINT and STEWARD_EMAIL_SENDER are not set: no mail can be sent',
      );
    },
  };
  return {
    email: endpoint !== undefined && sender !== undefined ? emailChannel({ endpoint, sender, credential, write: (notice) => mailOf(notice, links) }) : noEmail, // prettier-ignore
    eventGrid: eventGridChannel({ credential, setting: settingOf }),
    github: githubChannel({ setting: settingOf }),
  };
}

const lookMessage = z.object({ environment: z.string(), model: z.string(), look: z.string().optional() });
const notifyMessage = z.object({ environment: z.string(), model: z.string(), row: z.string() });

/** A message of the queue `reconcile`: a key, and the look it was timed for. */
export function parseLook(message: unknown): { readonly key: Key; readonly look?: string } {
  const { look, ...key } = lookMessage.parse(message);
  return { key, ...(look === undefined ? {} : { look }) };
}

/** A message of the queue `notify`: a key and the outbox row. */
export function parseNotify(message: unknown): { readonly key: Key; readonly rowKey: string } {
  const { row, ...key } = notifyMessage.parse(message);
  return { key, rowKey: row };
}
