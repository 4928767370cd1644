import { count, hhmm } from '../figures.ts';
import { follow, mailAbout, type Log } from '../follow.ts';
import { must, registerNext, type Scene } from '../scene.ts';
import type { Played } from '../record.ts';
import { liveTraffic } from '../witness.ts';

/** Better on paper, but its scoring code fails on a kind of mail that the holdout lacks: seen live, taken back. */
export async function regression(scene: Scene, log: Log): Promise<Played> {
  const { screen } = scene;
  const before = liveTraffic(scene.at);
  const { version, rows } = await registerNext(scene, 'train3', { scoring: 'score-regression' });
  screen.say(`${scene.heading}  v${version}, trained on ${count(rows)} mails, with scoring code that has a defect, is registered`);
  const { closed, status } = await follow(scene, version, log);
  must(closed.end === 'rolledBack', `v${version} fails on live mails and had to be rolled back, but it was ${closed.end}: ${closed.sentence}`);
  must(closed.release.gate?.verdict === 'pass', `v${version} had to pass the gate: its defect shows on live mails only.`);
  const reached = closed.release.trail.map(({ percent }) => percent);
  must(reached.length === 1, `v${version} had to be stopped at the first step, but it reached ${reached.join(', ')} %.`);
  must(JSON.stringify(liveTraffic(scene.at)) === JSON.stringify(before), `v${version} was rolled back, but Azure sends ${JSON.stringify(liveTraffic(scene.at))}.`);
  const subject = await mailAbout(scene, version);
  must(subject.includes('(verified)'), `The rollback of v${version} was not verified: ${subject}`);
  screen.say(`  ${hhmm(closed.at)} verified: v${status.champion?.version} serves 100 %, errors are down.  1 mail: ${subject}`);
  return { version, closed };
} // prettier-ignore
