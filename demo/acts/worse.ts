import { count, hhmm } from '../figures.ts';
import { follow, mailAbout, type Log } from '../follow.ts';
import { must, registerNext, type Scene } from '../scene.ts';
import type { Played } from '../record.ts';
import { deploymentsOf, liveTraffic } from '../witness.ts';

/** A version that was trained on wrong labels: rejected by the gate, and no user ever meets it. */
export async function worse(scene: Scene, log: Log): Promise<Played> {
  const { screen } = scene;
  const before = liveTraffic(scene.at);
  const { version, rows } = await registerNext(scene, 'trainWrongLabels');
  screen.say(`${scene.heading}  v${version}, trained on ${count(rows)} mails of which many are labelled the wrong way round, is registered`);
  const { closed, status } = await follow(scene, version, log);
  must(closed.end === 'rejected', `v${version} is worse and had to be rejected, but it was ${closed.end}: ${closed.sentence}`);
  must(deploymentsOf(scene.at, version).length === 0, `v${version} was rejected, but it has been deployed.`);
  must(JSON.stringify(liveTraffic(scene.at)) === JSON.stringify(before), `v${version} was rejected, but traffic changed to ${JSON.stringify(liveTraffic(scene.at))}.`);
  const subject = await mailAbout(scene, version);
  screen.say(`  ${hhmm(closed.at)} rejected, nothing deployed, v${status.champion?.version} keeps serving 100 %.  1 mail: ${subject}`);
  return { version, closed };
} // prettier-ignore
