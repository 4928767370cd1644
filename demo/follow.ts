import { count, hhmm } from './figures.ts';
import { narrator } from './narrator.ts';
import { NotAsItMust, until, whereIn, type Scene } from './scene.ts';
import { readStatus, type ClosedRelease, type Pass, type Status } from './steward.ts';

/** Real; a release takes about 30 s on two idle cores. */
const RELEASE_LIMIT_MS = 150_000;
const MAIL_LIMIT_MS = 20_000;

export interface Followed {
  readonly closed: ClosedRelease;
  readonly status: Status;
}

/** Every pass of Steward from now on, beyond the fifty that its API shows. */
export interface Log {
  readonly passes: readonly Pass[];
  add(status: Status): void;
}

export function passLog(from: number): Log {
  const seen = new Map<number, Pass>();
  return {
    get passes() {
      return [...seen.values()].toSorted((a, b) => a.audit - b.audit);
    },
    add: ({ timeline }) => timeline.filter(({ audit }) => audit > from).forEach((pass) => seen.set(pass.audit, pass)),
  };
}

/** Tells the release of a version as it goes, until it has ended and nothing is on its way. */
export async function follow(scene: Scene, version: string, log: Log): Promise<Followed> {
  const narrate = narrator(scene, version);
  let last: Status | undefined;
  scene.screen.meanwhile(() => waiting(scene, version, last));
  return until<Followed>(
    async () => {
      const status = await readStatus(scene.stack, scene.at);
      if (!status) return undefined;
      last = status;
      log.add(status);
      const closed = status.releases.find((release) => release.version === version);
      narrate(status, closed);
      return closed && status.state === 'idle' && status.unread === 0 ? { closed, status } : undefined;
    },
    () => `The release of v${version} in ${scene.at.environment} has not ended after ${RELEASE_LIMIT_MS / 1000} s; Steward is in state ${last?.state ?? 'unknown'} and waits for ${last?.waitingFor ?? 'nothing it could tell'}.`,
    RELEASE_LIMIT_MS,
  ); // prettier-ignore
}

function waiting(scene: Scene, version: string, status: Status | undefined): string {
  const { stack, clients } = scene;
  const now = `${hhmm(stack.world.clock.now())} ${whereIn(scene)}`;
  if (!status) return `  ${now}the app does not answer at the moment`;
  const waits = status.release
    ? `v${version} waits for ${status.waitingFor}`
    : `waiting for Steward to hear of v${version}`;
  return `  ${now}${waits}; ${count(clients.sent)} requests so far`;
}

/** Waits until the mail about a version's end has been sent, and for a moment longer, for there must be only one. */
export async function mailAbout({ stack: { mail, world }, at }: Scene, version: string): Promise<string> {
  const about = () =>
    mail.mails.filter(({ subject }) => subject.startsWith(`${at.model} ${at.environment}: v${version} `));
  await until(() => about()[0], () => `No mail about v${version} was sent within ${MAIL_LIMIT_MS / 1000} s.`, MAIL_LIMIT_MS); // prettier-ignore
  await new Promise<void>((resolve) => world.clock.after(60_000, resolve));
  const [first, ...more] = about();
  if (!first || more.length > 0)
    throw new NotAsItMust(`${1 + more.length} mails were sent about v${version}, not one.`);
  return first.subject;
}
