import type { ActName } from './arguments.ts';
import { crash } from './acts/crash.ts';
import { drift } from './acts/drift.ts';
import { environments } from './acts/environments.ts';
import { regression } from './acts/regression.ts';
import { release } from './acts/release.ts';
import { worse } from './acts/worse.ts';
import { passLog, type Log } from './follow.ts';
import type { ActRecord, Cell, MinuteOf, Played, SplitSince } from './record.ts';
import type { Place } from './place.ts';
import type { Scene } from './scene.ts';
import { readStatus } from './steward.ts';
import type { Stack } from './stack.ts';
import { answersOf, doneTwice, liveTraffic, servedBy, trafficPuts, trainingJobs, versionOf } from './witness.ts';

const MINUTE_MS = 60_000;
/** Real; a change of traffic takes effect for a second at least. */
const SAMPLE_MS = 50;

const ACTS: Readonly<Record<ActName, (scene: Scene, log: Log) => Promise<Played>>> = {
  drift,
  release,
  worse,
  regression,
  crash,
  environments,
};

/** Plays one act and keeps what it left behind. Throws NotAsItMust when it does not end as it must. */
export async function playAct(given: Scene, name: ActName): Promise<ActRecord> {
  const { stack, chain } = given;
  const scene = name === 'environments' && chain ? { ...given, at: chain.prod } : given;
  const { at } = scene;
  const { world } = stack;
  // Only the act `drift` is about what version 1 knows and what it does not.
  scene.clients.send(name === 'environments' ? undefined : name === 'drift' ? 'liveFamiliar' : 'live');
  const before = await readStatus(stack, at);
  const from = { call: world.calls.length, event: stack.events.records.length, mail: stack.mail.mails.length };
  const trainedBefore = trainingJobs(at).length;
  const began = world.clock.now();
  const beganMs = performance.now();
  const log = passLog(before?.audit ?? 0);
  const splits = sampleSplits(stack, at);
  try {
    const played = await ACTS[name](scene, log);
    const last = await readStatus(stack, at);
    if (last) log.add(last);
    const ended = world.clock.now();
    return {
      ...played, name, seed: scene.seed, began, ended, durationSeconds: (performance.now() - beganMs) / 1000,
      champion: last?.champion?.version ?? '', traffic: liveTraffic(at),
      events: stack.events.records.length - from.event,
      items: (played.way?.stops ?? []).reduce((sum, stop) => sum + stop.items, itemsOf(log)),
      trainings: trainingJobs(at).length - trainedBefore,
      mails: stack.mail.mails.slice(from.mail), passes: log.passes, splits: splits.found,
      minutes: minutesOf(stack, at, began, ended), puts: trafficPuts(world.calls.slice(from.call), at.endpoint),
    }; // prettier-ignore
  } finally {
    splits.stop();
  }
}

function itemsOf({ passes }: Log): number {
  return passes.reduce((sum, { items }) => sum + items.length, 0);
}

function sampleSplits(stack: Stack, at: Place): { readonly found: readonly SplitSince[]; stop(): void } {
  const found: SplitSince[] = [];
  const look = () => {
    const versions = liveTraffic(at);
    const last = found.at(-1);
    if (JSON.stringify(last?.versions) === JSON.stringify(versions)) return;
    found.push({ at: stack.world.clock.now(), versions });
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  return { found, stop: () => clearInterval(timer) };
}

/** Whole virtual minutes inside the act, from what the front of the endpoint answered. */
function minutesOf(stack: Stack, place: Place, began: Date, ended: Date): MinuteOf[] {
  const minutes: MinuteOf[] = [];
  const inside = servedBy(stack.world, place).filter(({ live, at }) => live && at >= began && at <= ended);
  const first = Math.ceil(began.getTime() / MINUTE_MS) * MINUTE_MS;
  for (let from = first; from + MINUTE_MS <= ended.getTime(); from += MINUTE_MS) {
    const at = new Date(from);
    const to = new Date(from + MINUTE_MS);
    const now = inside.filter((one) => one.at >= at && one.at < to);
    const names = [...new Set(now.map(({ deployment }) => deployment))];
    const cells = names.map((name): [string, Cell] => [versionOf(place, name), answersOf(now, name, at, to)]);
    minutes.push({ at, versions: Object.fromEntries(cells) });
  }
  return minutes;
}

/** What must hold over all acts, as sentences about what does not. */
export function strayFaults({ world, mail }: Stack): string[] {
  return [
    ...doneTwice(world, mail.mails),
    ...[...new Set(world.unimplemented)].map((call) => `The emulator was asked for what it does not do: ${call}`),
    ...world.crashes.map((crash) => `The emulator failed: ${crash}`),
  ];
}
