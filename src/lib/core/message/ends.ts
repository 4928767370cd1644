import type { Notice } from '../notice.ts';
import type { Reason } from '../verdict.ts';
import { howSure } from './canary.ts';
import { agreed, checks, harm, judgedOn, shadowed, steps, traffic, why, whyBeside } from './evidence.ts';
import { hundredths, percent, plain, time } from './figures.ts';
import { challengerOf, championOf, line, stillServes, type Letter, type Part } from './letter.ts';
import type { Links } from './links.ts';
import { isDemand } from '../gate/demands.ts';
import { whereFrom } from './origin.ts';

export function released(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const champion = championOf(notice);
  const last = notice.steps?.at(-1);
  const since = last === undefined ? '' : ` since ${time(last.at, notice.at)}`;
  return {
    subject: `${version} released, serves 100 %${champion === undefined ? '' : ` instead of ${champion}`}`,
    mood: 'calm',
    headline: `${version} takes all traffic${since} and was watched until ${time(notice.at, notice.at)} without an alarm. Nothing to do.`,
    parts: [
      ...line('Why', notice.sentence),
      ...checks(notice),
      ...judgedOn(notice),
      ...whereFrom(notice),
      ...agreed(notice),
      ...shadowed(notice),
      ...steps(notice, 'Traffic'),
      ...wayBack(notice, champion, links),
    ],
  };
}

function wayBack(notice: Notice, champion: string | undefined, links: Links): Part[] {
  if (notice.keptUntil === undefined || champion === undefined) return [];
  const until = time(notice.keptUntil, notice.at);
  const text = `Give all traffic to ${champion} again (rollback; put in your name and reason):`;
  return [
    ...line('Kept', `${champion} stays deployed at 0 % until ${until}, then is deleted.`),
    ...line('Monitor', notice.monitored && `one whose target is the deployment of ${champion} must be pointed at that of ${challengerOf(notice)} before then.`), // prettier-ignore
    { kind: 'choices', label: 'Way back until then', choices: [{ text, command: links.send('rollback') }] },
  ];
}

export function rejected(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  return {
    subject: `${version} rejected${rejectionInShort(notice)}`,
    mood: 'calm',
    headline: `${version} will not be deployed. ${stillServes(notice)}; traffic did not change.`,
    parts: [
      ...whyBeside(notice),
      ...checks(notice),
      ...judgedOn(notice),
      ...whereFrom(notice),
      ...(BY_PEOPLE.has(notice.cause ?? '') ? tryAgain(notice, links) : line('To go on', `${notice.cause === 'gate' || notice.cause === 'undecided' ? 'register' : 'mend that, then register'} a new version. ${version} is not tried again by itself.`)), // prettier-ignore
    ],
  };
}

/** Nothing speaks against the version itself. */
const BY_PEOPLE: ReadonlySet<string> = new Set(['approvalExpired', 'notApproved']);

function tryAgain(notice: Notice, links: Links, label = 'To go on'): Part[] {
  const anew = label === 'To go on' ? ' and ask anew' : '';
  const text = `Judge ${challengerOf(notice)} again${anew} (retry; put in your name and reason):`;
  return [{ kind: 'choices', label, choices: [{ text, command: links.send('retry') }] }];
}

/** The first number that failed; where none did, the stage's sentence. */
function rejectionInShort(notice: Notice): string {
  const champion = championOf(notice) ?? 'the champion';
  const failed = notice.reasons.find(({ verdict }) => verdict === 'fail');
  const fact = failed === undefined ? undefined : inShort(failed, champion);
  if (fact !== undefined) return ` at the gate, ${fact}`;
  if (notice.cause === 'undecided') return `, not shown to be better than ${champion}`;
  return notice.sentence === undefined ? '' : `: ${notice.sentence.replace(/\.$/, '')}`;
}

function inShort(reason: Reason, champion: string): string | undefined {
  const { rule, what, unit, challenger, limit, measured } = reason;
  if (isDemand(reason)) return `${what} not as the policy requires`;
  const show = (value: number) => (unit === 'fraction' ? percent(value) : plain(value));
  if (limit === undefined || challenger === undefined) return undefined;
  if (rule === 'gate.min') return `${what} ${show(challenger)}, required at least ${show(limit)}`;
  if (rule === 'gate.max') return `${what} ${show(challenger)}, allowed at most ${show(limit)}`;
  if (measured === undefined) return undefined;
  const far = unit === 'fraction' ? `${hundredths(Math.abs(measured))} points` : plain(Math.abs(measured));
  if (rule === 'gate.slices') return `${what} ${far}, allowed at most ${unit === 'fraction' ? `${hundredths(limit)} points` : plain(limit)}`; // prettier-ignore
  if (!rule.startsWith('gate.')) return undefined;
  if (measured === 0) return `${what} equal to ${champion}`;
  return `${what} ${far} ${measured < 0 ? 'below' : 'above'} ${champion}`;
}

/** Verified, it pages nobody: what had to be mended is mended. */
export function rolledBack(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  // A release that was never exposed took no steps, not even none.
  const early = notice.steps === undefined;
  return {
    ...(notice.unverified === undefined ? safe(notice, early) : notSafe(notice, notice.unverified, early)),
    parts: [
      ...why(notice),
      ...howSure(notice),
      ...(notice.unverified === undefined ? [] : unverified(notice, notice.unverified, early)),
      ...(early ? line('Harm', `none, no live traffic was moved to ${version}.`) : harm(notice)),
      ...checks(notice),
      ...shadowed(notice),
      ...steps(notice, 'Traffic it had'),
      ...whereFrom(notice),
      ...afterwards(notice, version),
      ...(notice.cause === 'cannotBeJudged' ? tryAgain(notice, links, 'When the policy says so') : []),
    ],
  };
}

function safe(notice: Notice, early: boolean): Omit<Letter, 'parts'> {
  const champion = championOf(notice);
  const now = champion === undefined ? 'nothing serves' : `${champion} serves 100 %`;
  return {
    subject: `${challengerOf(notice)} ${early ? notHad(notice) : 'rolled back'}, ${now} (verified)`,
    mood: 'calm',
    headline: `Safe${sinceWhen(notice, early)}: ${champion === undefined ? 'no traffic reaches the endpoint, as before' : `${champion} takes all traffic`}${proof(notice)}. Nothing to do now.`,
  };
}

/** Nothing speaks against a version that could not be judged. */
function notHad({ cause }: Notice): string {
  return cause === 'cannotBeJudged' ? 'not released, its canary could not be judged' : 'failed before it had traffic';
}

/** People were paged before where harm was done; this says that nobody watches any more. */
function notSafe(notice: Notice, reason: string, early: boolean): Omit<Letter, 'parts'> {
  const version = challengerOf(notice);
  if (early) {
    return {
      subject: `${version} failed before it had traffic; live traffic was changed by somebody else`,
      mood: 'calm',
      headline: `The release of ${version} ended and moved no live traffic. ${reason}`,
    };
  }
  const back =
    championOf(notice) === undefined ? 'traffic is switched off' : `traffic is back on ${championOf(notice)}`;
  return {
    subject: `${version} rolled back, but NOT VERIFIED: ${reason}`,
    mood: 'act',
    headline: `Look into it: ${back}${sinceWhen(notice, early)}, but it could not be verified that all is well. The release ended; Steward no longer looks at it.`,
  };
}

function unverified(notice: Notice, reason: string, early: boolean): Part[] {
  if (early) return traffic(notice);
  const errors = notice.errorsNow === undefined ? '' : `, ${percent(notice.errorsNow)} of all requests failed`;
  return [
    ...line('Not verified', `by ${time(notice.at, notice.at)} ${reason}${errors}.`),
    ...line('What to do', `read the log of ${championOf(notice) ?? 'the endpoint'} in Azure ML studio: what goes on after the challenger left has another cause.`), // prettier-ignore
  ];
}

/** As calm as it is; where its way back could not be verified, that is what people must read first. */
export function superseded(notice: Notice, links: Links): Letter {
  const letter = rolledBack(notice, links);
  if (notice.unverified !== undefined) return letter;
  const champion = championOf(notice);
  const now = champion === undefined ? 'nothing serves' : `${champion} serves 100 %`;
  const proven = notice.restoredAt === undefined ? '' : ' (verified)';
  const subject = `${challengerOf(notice)} made room for a newer version, ${now}${proven}`;
  return { ...letter, subject };
}

function sinceWhen({ restoredAt, at }: Notice, early: boolean): string {
  return restoredAt === undefined || early ? '' : ` since ${time(restoredAt, at)}`;
}

function proof({ restoredAt, errorsNow, at }: Notice): string {
  const facts = [
    ...(restoredAt === undefined ? [] : [`read back from Azure ${time(restoredAt, at)}`]),
    ...(errorsNow === undefined ? [] : [`errors at ${percent(errorsNow)} by ${time(at, at)}`]),
  ];
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}

function afterwards(notice: Notice, version: string): Part[] {
  const again = `${version} is not tried again by itself.`;
  if (notice.keptUntil === undefined) return line('Afterwards', again);
  const until = time(notice.keptUntil, notice.at);
  return line('Afterwards', `${version} stays deployed at 0 % until ${until} for a look, then is deleted. ${again}`);
}

export function aborted(notice: Notice): Letter {
  const version = challengerOf(notice);
  const sentence = notice.sentence?.replace(/\.$/, '');
  return {
    subject: `${version} not released${sentence === undefined ? '' : `: ${sentence}`}`,
    mood: 'calm',
    headline: `The release of ${version} was given up. ${stillServes(notice)}.`,
    parts: [
      ...why(notice),
      ...checks(notice),
      ...whereFrom(notice),
      ...line('To go on', `mend that, then register a new version. ${version} is not tried again by itself.`),
    ],
  };
}
