import { isComplete, waitsForApproval } from './core/approval.ts';
import { allowed } from './core/command.ts';
import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { CommandName } from './core/inbox.ts';
import { newLifecycle, type Key, type Lifecycle } from './core/lifecycle.ts';
import { type Approval, type ClosedRelease } from './core/release/state.ts';
import type { EndedTraining, TrainingPhase } from './core/training/state.ts';
import { shownApproval, type ShownApproval } from './history/approval.ts';
import type { ActiveIndex, DeadLetters, History, Lifecycles, Loaded, Policies, SignIn } from './ports.ts';

export interface HistoryDeps {
  readonly lifecycles: Pick<Lifecycles, 'load'>;
  readonly history: History;
  readonly index: Pick<ActiveIndex, 'keys'>;
  readonly policies: Policies;
  /** Absent: nobody's approval can count. */
  readonly signIn?: SignIn;
  readonly deadLetters?: DeadLetters;
}

/** A model in an environment, as people and pipelines read it. Times are ISO, percents are 0..100. */
export interface ModelStatus {
  readonly environment: string;
  readonly model: string;
  readonly state: string;
  readonly waitingFor: string;
  readonly champion?: Lifecycle['champion'];
  readonly traffic?: Lifecycle['traffic'];
  readonly release?: Lifecycle['release'];
  readonly approval?: ShownApproval;
  readonly waiting?: Lifecycle['waiting'];
  /** Released here, and not yet told to the environments after this one. */
  readonly sending?: Lifecycle['sending'];
  /** Released in the environment before, and not yet in this one's workspace. */
  readonly arriving?: Lifecycle['arriving'];
  /** The newest version that came from the environment before, and what it is called here. */
  readonly arrived?: Lifecycle['arrived'];
  /** What asks for a training, and why none follows from it yet. */
  readonly request?: Lifecycle['request'];
  readonly training?: Lifecycle['training'];
  /** Completed runs of the team's own whose models may have to be registered. */
  readonly outside?: NonNullable<Lifecycle['trained']>['outside'];
  /** The breach that holds training: the data that the endpoint gets is broken. */
  readonly badData?: NonNullable<Lifecycle['trained']>['badData'];
  readonly retiring: Lifecycle['retiring'];
  readonly conditions: Lifecycle['conditions'];
  readonly ended: Lifecycle['ended'];
  readonly trained: readonly ShownTraining[];
  readonly nextLook?: string;
  readonly audit: number;
  readonly unread: number;
  readonly commands: readonly CommandName[];
}

/** An ended training: why it ran, what it cost and what came of it. */
export interface ShownTraining extends EndedTraining {
  /** Its version got all traffic. Absent while that is open. */
  readonly promoted?: boolean;
}

export interface ModelDetail extends ModelStatus {
  readonly releases: readonly ClosedRelease[];
  readonly trainings: readonly ShownTraining[];
  readonly held: readonly string[];
  readonly undelivered: readonly { readonly notice: string; readonly channel: string; readonly reason: string }[];
  readonly timeline: readonly { readonly at: string; readonly audit: number; readonly rules: readonly string[]; readonly items: readonly string[]; readonly refused: Readonly<Record<string, string>> }[]; // prettier-ignore
}

const TIMELINE = 50;
const RELEASES = 20;
const TRAININGS = 20;
const UNDELIVERED = 50;

export interface Health {
  readonly healthy: boolean;
  readonly status: string;
  readonly policies: number;
  /** What becomes of events that could not be delivered. */
  readonly deadLetters: 'takenAgain' | 'notTakenAgain';
}

/** For probes: storage answers, and how many policies are published. Names nothing, for anybody may ask. */
export async function health(deps: Pick<HistoryDeps, 'policies' | 'deadLetters'>): Promise<Health> {
  return { ...(await healthOf(deps)), deadLetters: deps.deadLetters ? 'takenAgain' : 'notTakenAgain' };
}

async function healthOf({ policies }: Pick<HistoryDeps, 'policies'>): Promise<Omit<Health, 'deadLetters'>> {
  try {
    const count = (await policies.all()).length;
    const { models, estate } = await policies.unreadable();
    const unreadable = [...(estate ? ['the published estate'] : []), ...(models.length > 0 ? [`${models.length} published policies`] : [])]; // prettier-ignore
    if (unreadable.length > 0)
      return { healthy: false, status: `${unreadable.join(' and ')} cannot be read by this version`, policies: count };
    return { healthy: true, status: count > 0 ? 'ok' : 'ok, no policy published yet', policies: count };
  } catch (error) {
    if (error instanceof BadInput) return { healthy: false, status: 'what is published cannot be read', policies: 0 };
    if (!(error instanceof Unavailable || error instanceof Refused)) throw error;
    return { healthy: false, status: 'storage does not answer', policies: 0 };
  }
}

/** Every model of every environment that a policy speaks of, and those that are known though no readable policy does. */
export async function listModels(deps: HistoryDeps): Promise<readonly ModelStatus[]> {
  const named = await deps.policies.keys();
  const listed = new Set(named.map(keyText));
  const others = new Map((await orphaned(deps)).map((key) => [keyText(key), key]));
  const rest = [...others].flatMap(([text, key]) => (listed.has(text) ? [] : [key]));
  const [first, second] = await Promise.all([named, rest].map((keys) => Promise.all(keys.map(async (key) => ({ key, loaded: await loadOne(key, deps) }))))); // prettier-ignore
  const known = (second ?? []).filter(({ loaded }) => loaded === 'unreadable' || loaded.lifecycle);
  return Promise.all([...(first ?? []), ...known].map(({ key, loaded }) => statusOf(key, loaded, deps)));
}

function keyText({ environment, model }: Key): string {
  return `${environment}|${model}`;
}

/** Where a model may be that lost its policy: what waits for something, and unreadable policies anywhere in the estate. */
async function orphaned({ policies, index }: HistoryDeps): Promise<readonly Key[]> {
  const { models } = await policies.unreadable();
  const environments = models.length === 0 ? [] : Object.values((await policies.estate()).workspaces);
  return [
    ...(await index.keys()),
    ...models.flatMap((model) => environments.map(({ environment }) => ({ environment, model }))),
  ];
}

/** A row that cannot be read must not hide the others. */
async function loadOne(key: Key, { lifecycles }: Pick<HistoryDeps, 'lifecycles'>): Promise<Loaded | 'unreadable'> {
  try {
    return await lifecycles.load(key);
  } catch (error) {
    if (error instanceof BadInput) return 'unreadable';
    throw error;
  }
}

/** One of them with its history; undefined when no policy speaks of it and it has no row. */
export async function showModel(key: Key, deps: HistoryDeps): Promise<ModelDetail | undefined> {
  const loaded = await loadOne(key, deps);
  const row = loaded === 'unreadable' ? undefined : loaded.lifecycle;
  if (loaded !== 'unreadable' && !row && !(await deps.policies.keys()).some((each) => keyText(each) === keyText(key))) return undefined; // prettier-ignore
  const newest = row?.sequence ?? 0;
  const [rows, releases, trainings, held, lost] = await Promise.all([
    deps.history.audit(key, Math.max(1, newest - TIMELINE + 1), TIMELINE),
    deps.history.releases(key, RELEASES),
    deps.history.trainings(key, TRAININGS),
    deps.history.heldItems(key),
    deps.history.undelivered(key, UNDELIVERED),
  ]);
  return {
    ...(await statusOf(key, loaded, deps)),
    releases,
    trainings: trainings.map(shown),
    held: held.map(({ factKey }) => factKey),
    undelivered: lost.map(({ delivery, reason }) => ({
      notice: delivery.notice.id,
      channel: delivery.channel,
      reason,
    })),
    timeline: rows.toReversed().map(({ at, sequence, rules, items, refused }) => ({ at, audit: sequence, rules, items: items.map(({ factKey }) => factKey), refused })), // prettier-ignore
  };
}

async function statusOf(key: Key, loaded: Loaded | 'unreadable', deps: HistoryDeps): Promise<ModelStatus> {
  const blank = { ...key, retiring: [], conditions: {}, ended: [], trained: [], audit: 0, unread: 0, commands: [] };
  if (loaded === 'unreadable') return { ...blank, state: 'unreadable', waitingFor: 'a person: its row cannot be read' };
  const { lifecycle, unread } = loaded;
  const commands = allowed(lifecycle ?? newLifecycle(key), { trains: await trains(key, deps.policies) });
  if (!lifecycle)
    return { ...blank, state: 'neverSeen', waitingFor: 'a first version to be registered', unread: unread.length, commands }; // prettier-ignore
  const { environment, model, champion, traffic, release, waiting, sending, arriving, arrived, request, training, trained, retiring, conditions, ended, nextLook, sequence } =
    lifecycle;
  const approval = await shownApproval(lifecycle, deps);
  return {
    environment, model, state: release?.phase ?? 'idle', waitingFor: waitingFor(lifecycle), retiring, conditions, ended, audit: sequence,
    unread: unread.length, commands, trained: (trained?.ended ?? []).map(shown),
    ...(champion ? { champion } : {}), ...(traffic ? { traffic } : {}), ...(release ? { release } : {}), ...(approval ? { approval } : {}), ...(waiting ? { waiting } : {}),
    ...(sending ? { sending } : {}), ...(arriving ? { arriving } : {}), ...(arrived ? { arrived } : {}),
    ...(request ? { request } : {}), ...(training ? { training } : {}), ...(trained?.badData ? { badData: trained.badData } : {}),
    ...(trained?.outside?.length ? { outside: trained.outside } : {}), ...(nextLook === undefined ? {} : { nextLook }),
  };
} // prettier-ignore

/** Does the current policy train it, whatever a release under way is pinned to? One that is gone or cannot be read allows nothing. */
async function trains(key: Key, policies: Policies): Promise<boolean> {
  try {
    return (await policies.of(key))?.policy.training !== undefined;
  } catch (error) {
    if (error instanceof BadInput || error instanceof Refused) return false;
    throw error;
  }
}

function shown(training: EndedTraining): ShownTraining {
  const { end, release } = training;
  if (end !== 'succeeded') return { ...training, promoted: false };
  return release ? { ...training, promoted: release.end === 'released' } : training;
}

const WAITING_FOR: Readonly<Record<string, string>> = {
  registered: 'a look at the endpoint',
  evaluating: 'the evaluation job',
  gating: 'the evidence',
  awaitingDecision: 'a person: promote or rollback',
  awaitingApproval: 'people: approve or reject',
  deploying: 'the deployment',
  smokeTesting: 'the smoke test',
  shadowing: 'enough copies of live requests to judge',
  shifting: 'enough live traffic to judge',
  watching: 'the end of the watch',
  rollingBack: 'traffic to be verified back',
};

/** Of a release whose version is tested by a job: of a batch endpoint. */
const WAITING_FOR_BATCH: Readonly<Record<string, string>> = {
  smokeTesting: 'the test job',
  shifting: 'the default deployment to be switched',
  rollingBack: 'the default deployment to be verified back',
};

function waitingFor({ release, conditions, sending, arriving, request, training, trained }: Lifecycle): string {
  if (conditions.unpublished) return 'a policy that speaks of it';
  if (conditions.withdrawn) return `its workspace: ${conditions.withdrawn.reason}`;
  if (conditions.held) return 'a person: adopt or revert';
  if (conditions.stalled) return 'a person: resume';
  if (conditions.paused)
    return conditions.paused.until ? `the pause to end at ${conditions.paused.until}` : 'a person: resume';
  if (conditions.unreachable) return `${conditions.unreachable.provider} to answer`;
  if (release?.approval && waitsForApproval(release))
    return isComplete(release) ? 'what was approved to be read again' : waitingForPeople(release.approval);
  if (release?.phase === 'deploying' && release.noRoom) return `room to deploy: ${release.noRoom.sentence}`;
  if (release)
    return (
      (release.testRun ? WAITING_FOR_BATCH[release.phase] : undefined) ?? WAITING_FOR[release.phase] ?? release.phase
    );
  if (arriving) return `version ${arriving.version} of ${arriving.from} to be brought here`;
  if (sending) return `${sending.to.join(', ')} to take version ${sending.version}`;
  if (training) return `training ${training.number}: ${WAITING_FOR_TRAINING[training.phase]}`;
  if (request) return `training: ${whyNot(request)}`;
  const [outside] = trained?.outside ?? [];
  return outside ? `the run ${outside.run} to be read` : 'a newer version';
}

function waitingForPeople({ role, count, given, until, overdueSince }: Approval): string {
  return `people: ${given.length} of ${count} of ${role} approved, ${overdueSince === undefined ? `until ${until}` : 'overdue'}`;
}

const WAITING_FOR_TRAINING: Readonly<Record<TrainingPhase, string>> = {
  submitted: 'the job to start',
  running: 'the job to end',
  registering: 'a version from the job that ended',
};

function whyNot({ refused, handOver }: NonNullable<Lifecycle['request']>): string {
  if (refused) return refused.until === undefined ? refused.reason : `${refused.reason} until ${refused.until}`;
  return handOver ? `${handOver.to} to take the causes` : 'a job to be submitted';
}
