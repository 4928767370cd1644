import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LogLine } from '../../emulator/host/log.ts';
import type { Fault } from '../../emulator/world.ts';
import { count, hhmm } from '../figures.ts';
import { follow, mailAbout, type Log } from '../follow.ts';
import { must, registerNext, type Scene } from '../scene.ts';
import { drawKillPoint, type KillPoint } from '../seed.ts';
import type { Kill, Played } from '../record.ts';
import { ENDPOINT } from '../team.ts';
import { isError, liveTraffic, trafficPuts } from '../witness.ts';

const STEPS = [20, 50, 100];
/** Real milliseconds that the call is held in Azure before it is carried out; the app dies before that. */
const HOLD_MS = 500;
const IN_FLIGHT_LIMIT_MS = 150_000;
const KILLER = fileURLToPath(new URL('../killer.ts', import.meta.url));

/** A good version again; in the middle of a traffic change another process kills the app, and it is started anew. */
export async function crash(scene: Scene, log: Log): Promise<Played> {
  const { stack, screen, seed } = scene;
  const point = drawKillPoint(seed, STEPS.length, HOLD_MS);
  const first = stack.world.calls.length;
  const killing = killInFlight(scene, point);
  const { version, rows } = await registerNext(scene, 'train3');
  screen.say(`${scene.heading}  v${version}, trained on ${count(rows)} mails, is registered; the app will be killed at a point drawn by --seed ${seed}`);
  const [{ closed, status }, kill] = await Promise.all([follow(scene, version, log), killing]);
  must(closed.end === 'released', `v${version} had to be released in spite of the crash, but it was ${closed.end}: ${closed.sentence}`);
  must(status.champion?.version === version, `v${version} was released, but v${status.champion?.version} is the champion.`);
  must(liveTraffic(scene.at)[version] === 100, `v${version} was released, but Azure sends ${JSON.stringify(liveTraffic(scene.at))}.`);
  const puts = trafficPuts(stack.world.calls.slice(first), scene.at.endpoint);
  const carriedOut = puts.filter((put) => put.status < 300).map(({ split }) => split[closed.release.deployment ?? '']);
  must(carriedOut.join() === STEPS.join(), `Each step had to be carried out once, but Azure carried out ${carriedOut.join(', ')} %.`);
  const subject = await mailAbout(scene, version);
  screen.say(`  ${hhmm(closed.at)} v${version} serves 100 %. Azure saw ${puts.length} traffic changes, each step once.  1 mail: ${subject}`);
  return { version, closed, kill: { ...kill, ...pickedUpAfter(kill, log, stack.host.logs()) } };
} // prettier-ignore

/** The message of the killed pass stays leased for ten real minutes; something else must have asked for the next pass. */
function pickedUpAfter({ backAt }: Kill, log: Log, lines: readonly LogLine[]): Pick<Kill, 'pickedUp'> {
  const first = log.passes.find(({ at }) => at > backAt.toISOString());
  if (!first) return {};
  const bySweep = lines.some((line) => line.function === 'sweep' && line.message.includes('Overdue') && line.at > backAt.toISOString() && line.at < first.at); // prettier-ignore
  return { pickedUp: { at: first.at, by: bySweep ? 'sweep' : 'queue' } };
}

/** Waits for the drawn PUT to arrive, has the app killed while it is held, and starts the app again. */
async function killInFlight({ stack, screen }: Scene, { step, afterMs }: KillPoint): Promise<Kill> {
  const { world, host } = stack;
  const hold: Fault = {
    id: 'crash', service: 'arm', method: 'PUT', path: `/onlineEndpoints/${ENDPOINT}$`,
    kind: 'delay', delayMs: HOLD_MS * world.clock.factor, skip: step, times: 1, seen: 0,
  }; // prettier-ignore
  world.faults.push(hold);
  const { pid } = host;
  const killer = fork(KILLER, [String(pid)], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  try {
    await once(killer, 'message');
    await inFlight(hold);
    killer.send({ afterMs });
    await once(killer, 'message');
  } finally {
    killer.kill();
  }
  const at = world.clock.now();
  screen.say(`  ${hhmm(at)} kill -9 pid ${pid}, ${afterMs} ms into the change to ${STEPS[step]} %`);
  await host.restart();
  const backAt = world.clock.now();
  const meanwhile = world.served.filter((one) => one.live && one.at >= at && one.at < backAt);
  const failed = meanwhile.filter(isError).length;
  screen.say(
    `  ${hhmm(backAt)} the app is back as pid ${host.pid}; ${count(meanwhile.length)} requests were answered without it, ${failed} failed`,
  );
  return { at, backAt, pid, percent: STEPS[step] ?? 0, afterMs };
}

/** Looked at more often than `until` does: the call is in flight for a moment only. */
async function inFlight(hold: Fault): Promise<void> {
  const giveUp = performance.now() + IN_FLIGHT_LIMIT_MS;
  while (hold.times > 0) {
    must(performance.now() < giveUp, 'The traffic change in which the app had to be killed was never asked for.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
