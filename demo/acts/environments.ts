import { azureOf } from '../azure.ts';
import { usersOf } from '../chain.ts';
import { count, hhmm, many, split } from '../figures.ts';
import { follow, passLog, type Followed, type Log } from '../follow.ts';
import { ANN, BEN, CID } from '../people.ts';
import { press } from '../press.ts';
import type { Played, Stop, Way } from '../record.ts';
import { must, registering, until, whereIn, type Scene } from '../scene.ts';
import { readStatus } from '../steward.ts';
import { deploymentsOf, liveTraffic, trafficPuts } from '../witness.ts';

const LIMIT_MS = 60_000;
/** What somebody in a hurry gives the challenger, instead of the first step. */
const HURRIED = 80;
const STEPS = [50, 100];

/** From dev over test to prod: judged anew in each, agreed to by a person, and put right after somebody moved traffic by hand. */
export async function environments(scene: Scene, log: Log): Promise<Played> {
  const { stack, screen, team, chain } = scene;
  must(chain !== undefined, 'There are no environments to play in.');
  const { dev, test, prod } = chain;
  const from = { call: stack.world.calls.length, mail: stack.mail.mails.length };
  const clients = usersOf(chain, stack, team.data);
  try {
    const { version, rows } = await registering(scene, () => chain.register());
    const registeredBy = dev.workspace.models.get(dev.model)?.versions.get(version)?.createdBy;
    must(registeredBy === ANN.displayName, `Ann had to register v${version}, but it was ${registeredBy ?? 'an application'}.`);
    screen.say(`${scene.heading}  v${version} of ${dev.model}, trained on ${count(rows)} mails in dev, is registered there by ${registeredBy}`);
    const before = [await passing({ ...scene, at: dev }, version, 'test'), await passing({ ...scene, at: test }, version, 'prod')];
    const inProd = { ...scene, at: prod, clients };
    const [last, people] = await Promise.all([follow(inProd, version, log), peopleAct(inProd, version)]);
    // What Steward handled in prod is in the log of the act.
    const stops = [...before, stopOf(inProd, version, last, 0)];
    mustBeOnce(inProd, last, from.call);
    const subjects = await mailsSince(scene, from.mail);
    for (const at of [dev, test, prod]) must(liveTraffic(at)[version] === 100, `At the end v${version} had to serve 100 % in ${at.environment}, but Azure sends ${JSON.stringify(liveTraffic(at))}.`);
    screen.say(`  ${hhmm(last.closed.at)} v${version} serves 100 % in dev, test and prod.  ${many(subjects.length, 'mail')}, each once`);
    return { version, closed: last.closed, way: { model: dev.model, registeredBy, stops, ...people } };
  } finally {
    await clients.stop();
  }
} // prettier-ignore

/** One environment before the last: by itself from the registration, or the release before, to all traffic. */
async function passing(scene: Scene, version: string, next: string): Promise<Stop> {
  const log = passLog(0);
  const followed = await follow(scene, version, log);
  const stop = stopOf(scene, version, followed, log.passes.reduce((sum, { items }) => sum + items.length, 0)); // prettier-ignore
  scene.screen.say(`  ${hhmm(followed.closed.at)} ${whereIn(scene)}released; v${version} is copied to ${next}`);
  return stop;
}

function stopOf({ at }: Scene, version: string, { closed, status }: Followed, items: number): Stop {
  const { environment } = at;
  const traffic = liveTraffic(at);
  must(closed.end === 'released', `v${version} had to be released in ${environment}, but it was ${closed.end}: ${closed.sentence}`);
  must(status.champion?.version === version, `v${version} was released in ${environment}, but v${status.champion?.version} is the champion.`);
  must(traffic[version] === 100, `v${version} was released in ${environment}, but Azure sends ${JSON.stringify(traffic)}.`);
  const tag = at.workspace.models.get(at.model)?.versions.get(version)?.tags['steward.from'];
  const before = { dev: undefined, test: `dev:${version}`, prod: `test:${version}` }[environment];
  must(tag === before, `v${version} in ${environment} had to come from ${before ?? 'nowhere'}, but it came from ${tag ?? 'nowhere'}.`);
  return { environment, closed, items, traffic };
} // prettier-ignore

async function peopleAct(scene: Scene, version: string) {
  const approval = await approve(scene, version);
  return { ...approval, hand: await moveByHand(scene, version) };
}

function say(scene: Scene, text: string): void {
  scene.screen.say(`  ${hhmm(scene.stack.world.clock.now())} ${whereIn(scene)}${text}`);
}

function within<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  return until(look, () => `${what} within ${LIMIT_MS / 1000} s.`, LIMIT_MS);
}

function mailFor({ stack: { mail }, at }: Scene, what: RegExp) {
  const found = () => mail.mails.find(({ subject }) => subject.startsWith(`${at.model} ${at.environment}: `) && what.test(subject)); // prettier-ignore
  return until(found, () => `No mail of ${at.environment} about "${what.source}" was sent within ${LIMIT_MS / 1000} s.`, LIMIT_MS); // prettier-ignore
}

/** Who registered it may not agree to it; somebody else of the role may. Nothing is deployed before. */
async function approve(scene: Scene, version: string): Promise<Pick<Way, 'asked' | 'refused' | 'approved'>> {
  const { stack, at } = scene;
  const mail = await mailFor(scene, new RegExp(`: approve v${version}\\?`));
  say(scene, `nothing is deployed before a person agrees.  mail: ${mail.subject}`);
  must(deploymentsOf(at, version).length === 0, `v${version} waits for approval, but it has been deployed.`);
  const { role } = await within(async () => (await readStatus(stack, at))?.approval, 'The status had to say who is asked');
  const own = await press(stack, mail, 'approve', ANN, 'I trained it myself.');
  must(own.status === 403, `Ann registered v${version}, so her approval had to be refused, but it was answered ${own.status} ${own.why}`);
  say(scene, `${ANN.displayName}, who registered it, presses approve: refused, ${own.why}`);
  const other = await press(stack, mail, 'approve', BEN, 'The numbers are good in both environments.');
  must(other.status === 202, `Ben's approval had to be taken, but it was answered ${other.status} ${other.why}`);
  const given = await within(async () => (await readStatus(stack, at))?.release?.approval?.given[0], "Ben's approval had to count");
  must(given.by === BEN.objectId, `Ben had to approve, but it was ${given.by}.`);
  say(scene, `${BEN.displayName} of ${role} presses approve: taken`);
  return { asked: { at: mail.at, role }, refused: { who: ANN.displayName, ...own }, approved: { who: BEN.displayName, at: given.at } };
} // prettier-ignore

/** Somebody who cannot wait moves traffic in the portal: Steward lets it stand, goes no further and asks; a person has it put back. */
async function moveByHand(scene: Scene, version: string): Promise<Way['hand']> {
  const { stack, at } = scene;
  const look = () => readStatus(stack, at);
  await within(async () => (await look())?.release?.trail[0], `v${version} had to get its first step`);
  const planned = liveTraffic(at);
  const live = await giveInPortal(scene, version);
  const movedAt = stack.world.clock.now();
  say(scene, `${CID.displayName} cannot wait and gives v${version} ${HURRIED} % in the portal`);
  const mail = await mailFor(scene, /traffic was changed/);
  const held = await within(async () => (await look())?.conditions.held, 'Steward had to hold');
  must(JSON.stringify(liveTraffic(at)) === JSON.stringify(live), `What a person set had to stand until a person decides, but Azure sends ${JSON.stringify(liveTraffic(at))}.`);
  must(Object.values(held.live).includes(HURRIED), `Steward had to hold because of ${HURRIED} %, but it saw ${JSON.stringify(held.live)}.`);
  say(scene, `Steward holds: ${split(live)} stand until a person decides.  mail: ${mail.subject}`);
  const { status, why } = await press(stack, mail, 'revert', BEN, 'The steps are there for a reason.');
  must(status === 202, `Revert had to be taken, but it was answered ${status} ${why}`);
  await within(async () => ((await look())?.conditions.held === undefined && JSON.stringify(liveTraffic(at)) === JSON.stringify(planned) ? true : undefined), `Traffic had to be back at ${split(planned)}`);
  say(scene, `${BEN.displayName} presses revert: ${split(planned)} again, and the release goes on`);
  return { who: CID.displayName, at: movedAt, live, toldAt: mail.at, revertedBy: BEN.displayName, backAt: stack.world.clock.now() };
} // prettier-ignore

/** As the portal does it: the whole endpoint is written back, tags and all. Returns what is live then. */
async function giveInPortal({ stack: { world }, at }: Scene, version: string): Promise<Record<string, number>> {
  const azure = azureOf(world, at.workspace, CID.displayName);
  const path = `/onlineEndpoints/${at.endpoint}`;
  const [challenger = ''] = deploymentsOf(at, version);
  const { location, identity, tags, properties } = (await azure.get(path)).body;
  const traffic = { first: 100 - HURRIED, [challenger]: HURRIED };
  await azure.put(path, { location, identity, tags, properties: { authMode: properties?.['authMode'], traffic } });
  await azure.until(path, (body) => body.properties?.['provisioningState'] === 'Succeeded');
  return liveTraffic(at);
}

/** In prod Steward wrote the first step, put it back once, and wrote the last; by hand there was one write. */
function mustBeOnce({ stack: { world }, at }: Scene, { closed }: Followed, since: number): void {
  const puts = trafficPuts(world.calls.slice(since), at.endpoint).filter(({ status }) => status < 300);
  const wrote = (by: string | undefined) => puts.filter((put) => put.by === by).map(({ split: to }) => to[closed.release.deployment ?? '']); // prettier-ignore
  const [first, ...others] = STEPS;
  must(wrote(undefined).join() === [first, first, ...others].join(), `Steward had to write ${[first, first, ...others].join(', ')} %, but it wrote ${wrote(undefined).join(', ')} %.`); // prettier-ignore
  must(wrote(CID.displayName).join() === `${HURRIED}`, `By hand ${HURRIED} % had to be written, but there was ${wrote(CID.displayName).join(', ')} %.`); // prettier-ignore
}

/** All mails about this model, once those about the ends were sent; a moment longer, for there must be no others. */
async function mailsSince({ stack: { mail, world }, chain }: Scene, since: number): Promise<string[]> {
  const about = () => mail.mails.slice(since).map(({ subject }) => subject).filter((subject) => subject.startsWith(`${chain?.prod.model} `)); // prettier-ignore
  const expected = [/ dev: .*released/, / test: .*released/, / prod: approve/, / prod: .*changed/, / prod: .*released/];
  await until(() => (about().length >= expected.length ? true : undefined), () => `${expected.length} mails had to be sent, but these were: ${about().join('; ')}`, LIMIT_MS); // prettier-ignore
  await new Promise<void>((resolve) => world.clock.after(60_000, resolve));
  const subjects = about();
  const fits = subjects.length === expected.length && expected.every((each) => subjects.some((subject) => each.test(subject))); // prettier-ignore
  must(fits, `Other mails were sent than had to be: ${subjects.join('; ')}`);
  return subjects;
}
