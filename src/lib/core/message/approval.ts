import type { Notice, NoticeOfApproval } from '../notice.ts';
import { causesInShort } from './causes.ts';
import { checks, judgedOn, stepsInShort } from './evidence.ts';
import { many, series, time, when } from './figures.ts';
import { challengerOf, line, list, stillServes, type Choice, type Letter, type Part } from './letter.ts';
import type { Links } from './links.ts';
import { whereFrom } from './origin.ts';

export function approvalNeeded(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const { deadline, approval, at } = notice;
  const until = deadline === undefined ? '' : time(deadline, at);
  const then = deadline === undefined ? 'then' : when(deadline, at);
  const otherwise =
    approval?.onTimeout === 'hold'
      ? `${version} waits, and ${then} you are told once more`
      : `${then} ${version} is rejected`;
  return {
    subject: `approve ${version}? Needs ${approval?.count ?? 1} of ${approval?.role ?? 'those who decide'} before ${until}`,
    mood: 'ask',
    headline: `Nothing happens unless you act: ${otherwise}. ${stillServes(notice)}.`,
    parts: [...line('Asked anew', notice.sentence), ...question(notice, links)],
  };
}

/** Told once: the policy holds what nobody decided. */
export function approvalOverdue(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const { approval } = notice;
  return {
    subject: `${version} still waits for approval, ${approval?.given.length ?? 0} of ${approval?.count ?? 1} so far`,
    mood: 'ask',
    headline: `Nothing happens unless you act: the time for approval is over, the policy says to hold, and ${version} waits on. ${stillServes(notice)}.`,
    parts: [...line('What came in', notice.sentence), ...question(notice, links)],
  };
}

export function approvalVoid(notice: Notice): Letter {
  const version = challengerOf(notice);
  const given = notice.approval?.given ?? [];
  const gone = given.length === 0 ? '' : `, ${many(given.length, 'approval')} void`;
  return {
    subject: `${version} is judged anew${gone}`,
    mood: 'calm',
    headline: `Nothing to do now: ${version} goes its way again from the beginning, and if it passes the gate you are asked again. ${stillServes(notice)}.`,
    parts: [
      ...line('Why', notice.sentence),
      ...list('No longer counted', given.map((one) => ({ text: `${one.actor}, ${time(one.at, notice.at)}`, details: [] }))), // prettier-ignore
    ],
  };
}

function question(notice: Notice, links: Links): Part[] {
  const { approval } = notice;
  return [
    ...line('If approved now', approval && notice.steps && whatFollows(notice, approval)),
    ...checks(notice),
    ...judgedOn(notice),
    ...whereFrom(notice),
    ...line('So far', approval && soFar(notice, approval)),
    { kind: 'choices', label: 'What to do', choices: choices(notice, links) },
    ...line('Void', 'what was approved counts no more when metrics, files or policy change.'),
  ];
}

function whatFollows(notice: Notice, { doneAt, freeze, copiedPercent }: NoticeOfApproval): string {
  const { at } = notice;
  const done = doneAt === undefined ? '' : `; watched until ${time(doneAt, at)}`;
  const closes = freeze === undefined ? '' : ` Calendar ${freeze.calendar} closes ${time(freeze.from, at)}.`;
  const first = copiedPercent === undefined ? '' : `copies of ${copiedPercent} % of live requests first, then `;
  return `${first}at the earliest ${stepsInShort(notice)}${done}.${closes}`;
}

function soFar(notice: Notice, { given, count, role, fourEyes, startedBy }: NoticeOfApproval): string {
  const names = given.length === 0 ? '' : ` (${series(given.map(({ actor }) => actor))})`;
  const causes = causesInShort(notice.origin?.causes ?? [], notice.origin?.more ?? 0);
  const starters = startedBy.length > 0 ? series(startedBy) : causes;
  const started = starters === '' ? '' : ` (started by: ${starters})`;
  const eyes = fourEyes ? ` You may not approve if you started it${started}.` : '';
  return `${given.length} of ${count} of ${role}${names}.${eyes}`;
}

function choices(notice: Notice, links: Links): Choice[] {
  if (links.token === undefined)
    return [{ text: 'Nobody can approve yet: this app does not know who calls. Configure sign-in (docs/deploy.md, Approvals), then look here:', command: links.show() }]; // prettier-ignore
  return [
    { text: 'Say who you are (the key lets you in, the token says who you are):', command: links.token },
    { text: `Approve ${challengerOf(notice)} (put in your reason, it is recorded):`, command: links.send('approve') },
    { text: 'Reject it (put in your reason):', command: links.send('reject') },
    { text: 'See the evidence, and who has approved since:', command: links.show() },
  ];
}
