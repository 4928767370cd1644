import type { Right } from '../clients.ts';
import { count, hhmm, many, percent } from '../figures.ts';
import { follow, mailAbout, type Log } from '../follow.ts';
import { runMonitor, tellingOf, type Finding, type MonitorRun } from '../monitor.ts';
import type { Drift, Played } from '../record.ts';
import { must, until, type Scene } from '../scene.ts';
import { readStatus, type Status, type Training } from '../steward.ts';
import { deploymentsOf, liveTraffic, trainingJobs } from '../witness.ts';

/** Answers on which a share is good to a per cent or so; and enough collected requests for the monitor. */
const FAMILIAR = 300;
const NEWER = 600;
const LIMIT_MS = 60_000;
const REGAINED = 0.8;
/** Of the run events that tell the monitor's finding, by their place among those of its run: the first is lost, the second comes a virtual minute late. */
const TELLING = { skip: 16, lateMs: 60_000 };

/** The mails change; the monitor finds it, Steward trains once, and the new version goes the way of any other. */
export async function drift(scene: Scene, log: Log): Promise<Played> {
  const { screen, team } = scene;
  const [old = ''] = Object.keys(liveTraffic(scene.at));
  const [deployment = ''] = deploymentsOf(scene.at, old);
  const jobs = trainingJobs(scene.at);
  const familiar = await answers(scene, 'liveFamiliar', deployment, FAMILIAR);
  scene.clients.send('liveNewer');
  screen.say(`${scene.heading}  newer mails arrive`);
  const delivered = await team.deliver();
  const newer = await answers(scene, 'liveNewer', deployment, NEWER);
  must(share(newer) < share(familiar) - 0.05, `v${old} had to get worse on newer mails, but it is right on ${percent(share(newer))} of them, was ${percent(share(familiar))}.`);
  screen.say(`  ${now(scene)} v${old} right on ${percent(share(newer))} of ${count(newer.answered)} newer mails, was ${percent(share(familiar))}`);
  const found = await findDrift(scene);
  const training = await trained(scene, log);
  must(training.pins.some(({ data, version }) => data === 'mails' && version === delivered.version), `The training had to pin mails:${delivered.version}, but it pinned ${JSON.stringify(training.pins)}.`);
  screen.say(`  ${hhmm(training.at)} trained once: ${training.job}, ${pinned(training)} pinned, gave v${training.version}`);
  const { version = '' } = training;
  const { closed, status } = await follow(scene, version, log);
  must(closed.end === 'released', `v${version} had to be released, but it was ${closed.end}: ${closed.sentence}`);
  must(status.champion?.version === version && liveTraffic(scene.at)[version] === 100, `v${version} was released, but Azure sends ${JSON.stringify(liveTraffic(scene.at))}.`);
  const after = await answers(scene, 'liveNewer', closed.release.deployment ?? '', FAMILIAR);
  const regained = (share(after) - share(newer)) / (share(familiar) - share(newer));
  must(regained >= REGAINED, `v${version} is right on ${percent(share(after))} of newer mails: that regains ${percent(regained)} of the loss, not ${percent(REGAINED)}.`);
  const [subject, refused] = await Promise.all([mailAbout(scene, version), again(scene, log)]);
  screen.say(`  ${hhmm(closed.at)} v${version} serves 100 %, right on ${percent(share(after))} of newer mails: ${percent(regained)} of the loss regained.  1 mail: ${subject}`);
  screen.say(`  ${hhmm(refused.at)} the same drift on the same data: nothing is trained. ${refused.reason}: ${refused.sentence}`);
  const own = trainingJobs(scene.at).filter((job) => !jobs.includes(job));
  must(own.length === 1, `One training had to be submitted, but these were: ${own.join(', ')}.`);
  return { version, closed, drift: { ...found, familiar: share(familiar), newer: share(newer), after: share(after), regained, training, refused } };
} // prettier-ignore

function share({ answered, right }: Right): number {
  return right / answered;
}

function now({ stack }: Scene): string {
  return hhmm(stack.world.clock.now());
}

function pinned({ pins }: Training): string {
  return pins.map(({ data, version }) => `${data}:${version}`).join(', ');
}

/** Waits until a deployment has answered enough mails of a kind that the share of right ones means something. */
function answers({ clients }: Scene, ...[set, deployment, enough]: readonly ['liveFamiliar' | 'liveNewer', string, number]): Promise<Right> {
  const look = () => clients.right(set, deployment);
  return until(
    () => [look()].find(({ answered }) => answered >= enough),
    () => `${deployment} answered ${look().answered} mails (${set}) in ${LIMIT_MS / 1000} s, not ${enough}.`,
    LIMIT_MS,
  );
} // prettier-ignore

/** The finding's three events: one gets lost, one comes late and after one that is raised later, and that one comes twice. */
async function findDrift({ stack, screen }: Scene): Promise<Pick<Drift, 'findings' | 'telling'>> {
  const { skip, lateMs } = TELLING;
  const { mischief } = stack.world;
  mischief.push({ id: 'finding-lost', event: 'runStatusChanged', kind: 'lose', skip, times: 1, seen: 0 });
  mischief.push({ id: 'finding-late', event: 'runStatusChanged', kind: 'delay', delayMs: lateMs, skip: skip + 1, times: 1, seen: 0 });
  mischief.push({ id: 'finding-doubled', event: 'runCompleted', kind: 'double', skip: 2, times: 1, seen: 0 });
  mischief.push({ id: 'trained-doubled', event: 'modelRegistered', kind: 'double', times: 1, seen: 0 });
  const { run, at, findings } = await monitored(stack);
  const telling = tellingOf(stack, run);
  must(telling.lost === 1 && telling.late === 1 && telling.doubled === 1, `The finding had to be told lost, late and doubled once each, but was told ${JSON.stringify(telling)}.`);
  screen.say(`  ${hhmm(at)} the monitor finds drift: ${findings.slice(0, 2).map(text).join(', ')}${findings.length > 2 ? ` and ${findings.length - 2} more` : ''}`);
  screen.say(`        told by ${many(telling.events, 'event')}: 1 lost, 1 doubled, 1 late and out of order`);
  return { findings, telling };
} // prettier-ignore

async function monitored(stack: Scene['stack']): Promise<MonitorRun> {
  const monitor = await runMonitor(stack);
  must(monitor.findings.length > 0, 'The monitor had to find that the mails have changed, but it found nothing.');
  return monitor;
}

function text({ group, metric_value: value, threshold_value: limit }: Finding): string {
  return `${group} ${value.toFixed(2)} (limit ${limit})`;
}

/** Follows Steward's own training to the version that came of it. */
function trained({ stack, screen, at }: Scene, log: Log): Promise<Training> {
  let last: Status | undefined;
  screen.meanwhile(() => `  ${hhmm(stack.world.clock.now())} Steward waits for ${last?.waitingFor ?? 'an answer'}`);
  return until(
    async () => {
      last = await readStatus(stack, at);
      if (last) log.add(last);
      return last?.trainings.find(({ version }) => version !== undefined);
    },
    () => `No version came of a training within ${LIMIT_MS / 1000} s; Steward waits for ${last?.waitingFor ?? 'nothing it could tell'}.`,
    LIMIT_MS,
  ); // prettier-ignore
}

/** The monitor still compares with the old mails and finds the same; there is nothing newer to learn from. */
async function again({ stack, at: place }: Scene, log: Log): Promise<Drift['refused']> {
  const { at } = await monitored(stack);
  const refused = await until(
    async () => {
      const status = await readStatus(stack, place);
      if (status) log.add(status);
      return status?.request?.refused;
    },
    () => `Steward had to say why it does not train again within ${LIMIT_MS / 1000} s.`,
    LIMIT_MS,
  );
  must(refused.reason === 'sameDataAsChampion', `Training on the same data had to be refused as sameDataAsChampion, but: ${refused.reason}. ${refused.sentence}`); // prettier-ignore
  const told = () => stack.mail.mails.find(({ subject }) => subject.includes('not trained'));
  await until(told, () => `No mail said within ${LIMIT_MS / 1000} s that nothing is trained.`, LIMIT_MS);
  return { ...refused, at };
}
