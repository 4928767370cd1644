import { count, hhmm, many, seconds } from '../figures.ts';
import { follow, mailAbout, type Log } from '../follow.ts';
import { must, registerNext, type Scene } from '../scene.ts';
import type { Played } from '../record.ts';
import { liveTraffic } from '../witness.ts';

/** A better version: passes the gate, gets traffic in three steps, and replaces the champion. */
export async function release(scene: Scene, log: Log): Promise<Played> {
  const { screen } = scene;
  const { version, rows, tookMs } = await registerNext(scene, 'train2Hard');
  screen.say(`${scene.heading}  v${version}, trained on ${count(rows)} mails in ${seconds(tookMs)}, is registered`);
  const { closed, status } = await follow(scene, version, log);
  must(closed.end === 'released', `v${version} is better and had to be released, but it was ${closed.end}: ${closed.sentence}`);
  must(status.champion?.version === version, `v${version} was released, but v${status.champion?.version} is the champion.`);
  must(liveTraffic(scene.at)[version] === 100, `v${version} was released, but Azure sends ${JSON.stringify(liveTraffic(scene.at))}.`);
  const before = closed.release.fallback;
  const kept = status.retiring.find(({ deployment }) => deployment === before?.deployment);
  must(kept !== undefined, `v${before?.version} had to be kept for a while as the way back.`);
  const subject = await mailAbout(scene, version);
  screen.say(`  ${hhmm(closed.at)} v${version} serves 100 %. v${kept.version} is kept until ${hhmm(kept.until)}, then deleted.  ${many(1, 'mail')}: ${subject}`);
  return { version, closed };
} // prettier-ignore
