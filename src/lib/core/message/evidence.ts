import type { Split } from '../lifecycle.ts';
import type { Notice } from '../notice.ts';
import type { Answers } from '../shadow/answers.ts';
import { isDemand } from '../gate/demands.ts';
import { shown } from '../gate/holdouts.ts';
import type { Reason } from '../verdict.ts';
import { worst } from '../verdict.ts';
import { count, hundredths, many, plain, signed, span, time, versionName } from './figures.ts';
import { challengerOf, championOf, line, type Part, type TrafficRow } from './letter.ts';
import { betweenShares, checkOf, reasonSentence } from './reason.ts';

/** The stage's own sentence, then what was measured: the reasons that decided, not those that were fine. */
export function why(notice: Notice): Part[] {
  const decisive = deciding(notice.reasons).map((reason) => reasonSentence(reason, notice));
  return line('Why', [notice.sentence, ...decisive].filter((text) => text !== undefined).join(' '));
}

/** Like `why`, for mails whose table shows the numbers anyway: only what no table can show is said. */
export function whyBeside(notice: Notice): Part[] {
  return why({ ...notice, reasons: notice.reasons.filter((reason) => reason.challenger === undefined) });
}

function deciding(reasons: readonly Reason[]): readonly Reason[] {
  const verdict = worst(reasons.map((reason) => reason.verdict));
  return verdict === 'pass' ? [] : reasons.filter((reason) => reason.verdict === verdict);
}

/** Everything that was judged with numbers, in a table. */
export function checks(notice: Notice): Part[] {
  const rows = notice.reasons.filter((reason) => reason.challenger !== undefined).map(checkOf);
  if (rows.length === 0) return [];
  return [{ kind: 'checks', challenger: challengerOf(notice), champion: championOf(notice) ?? 'champion', rows }];
}

export function judgedOn(notice: Notice): Part[] {
  const { data, reasons } = notice;
  return reasons.some(({ rule }) => rule.startsWith('gate.'))
    ? [...line('Judged on', data), ...lineage(reasons), ...unproven(notice)]
    : [];
}

/** What the policy demands of a version's lineage, and what was found. */
function lineage(reasons: readonly Reason[]): Part[] {
  const found = reasons.filter(isDemand).map(({ what, verdict, note = '' }) => `${what} ${verdict === 'pass' ? 'ok' : verdict.toUpperCase()} (${note})`);
  return line('Lineage', found.join('; '));
} // prettier-ignore

/** What is released is what was judged, unless nobody could look. */
export function unproven({ artifact }: Notice): Part[] {
  return line('Not verified', artifact && `whether its files are still those that were judged: ${artifact}.`);
}

export function traffic({ live, expected, mirror, serves = {}, batch }: Notice): Part[] {
  if (live === undefined && expected === undefined) return [];
  const copies = rowsOf(mirror?.live, mirror?.expected).map((row) => ({
    ...row,
    deployment: `${row.deployment} (copies)`,
  }));
  const named = (row: TrafficRow) => {
    const version = serves[row.deployment];
    return version === undefined ? row : { ...row, deployment: `${row.deployment} (${versionName(version)})` };
  };
  return [{ kind: 'traffic', rows: [...rowsOf(live, expected, batch ? asDefault : asShare).map(named), ...copies] }];
}

const asShare = (percent: number) => `${percent} %`;
const asDefault = (percent: number) => (percent > 0 ? 'default' : 'not default');

function rowsOf(live: Split | undefined, expected: Split | undefined, show = asShare): TrafficRow[] {
  const names = [...new Set([...Object.keys(expected ?? {}), ...Object.keys(live ?? {})])];
  return names.map((deployment) => ({
    deployment,
    live: live === undefined ? 'unknown' : show(live[deployment] ?? 0),
    expected: expected === undefined ? 'unknown' : show(expected[deployment] ?? 0),
  }));
}

export function agreed({ approvedBy = [], at }: Notice): Part[] {
  return line('Approved by', approvedBy.map((one) => `${one.actor} at ${time(one.at, at)}`).join(', '));
}

export function shadowed(notice: Notice): Part[] {
  const { shadow, at } = notice;
  if (!shadow) return [];
  const { percent, since, until, judged } = shadow;
  const copied = until === undefined ? 'have been copied' : 'were copied';
  const when = until === undefined ? `since ${time(since, at)}` : `for ${span(since, until)}, until ${time(until, at)}`;
  const seen = judged === 0 ? 'none of the copies could be judged' : `${many(judged, 'copy', 'copies')} judged`;
  return [
    ...line(
      'Shadow',
      `${percent} % of live requests ${copied} to ${challengerOf(notice)} ${when}; ${seen}. Nobody got its answers.`,
    ),
    ...answered(notice),
  ];
}

/** How far the answers to copies differ from those that people got, whether the policy limits that or not. */
function answered(notice: Notice): Part[] {
  const { answers } = notice.shadow ?? {};
  if (!answers) return [];
  const { copies, requests, flips, shift } = answers;
  const [mine, theirs] = [challengerOf(notice), championOf(notice) ?? 'the champion'];
  const found = [
    ...(flips ? [`another class in ${hundredths(flips.value)} %, ${betweenShares(flips)}`] : []),
    ...(shift ? [`score ${plain(shift.challenger)} on average on ${mine}, ${plain(shift.champion)} on ${theirs}, moved by ${signed(shift.low)} to ${signed(shift.high)} (${shown(shift.confidence)} interval)`] : []),
  ];
  const said = found.length === 0 ? '' : `: ${found.join('; ')}`;
  return line('Answers', `${count(requests)} of ${many(copies, 'different input')} that were copied compared${said}.${leftOut(answers, mine, theirs)}`);
} // prettier-ignore

function leftOut(
  { unanswered, unmatched, unreadable, cut }: Omit<Answers, 'flips' | 'shift'>,
  mine: string,
  theirs: string,
): string {
  const why = [
    ...(unanswered > 0 ? [`no answer of ${mine} is logged for ${count(unanswered)}`] : []),
    ...(unmatched > 0 ? [`no original in the log of ${theirs} for ${count(unmatched)}`] : []),
    ...(unreadable > 0 ? [`nothing to compare in the answer of ${theirs} to ${count(unreadable)}`] : []),
  ];
  const left = why.length === 0 ? '' : ` Left out: ${why.join(', ')}.`;
  return cut ? `${left} There is more in the logs: these are the first.` : left;
}

export function harm(notice: Notice): Part[] {
  if (notice.harm === undefined) return [];
  const { requests, errors, excess, mostCommon } = notice.harm;
  const challenger = challengerOf(notice);
  const champion = championOf(notice);
  const failed = errors === 0 ? 'none failed' : `${count(errors)} failed`;
  const more =
    errors === 0 || champion === undefined ? '' : `, about ${count(excess)} of them would not have on ${champion}`;
  const common = mostCommon === undefined ? '' : ` Most common: ${mostCommon}.`;
  return line('Harm', `${many(requests, 'request')} reached ${challenger}; ${failed}${more}.${common}`);
}

export function steps(notice: Notice, label: string): Part[] {
  return notice.steps?.length ? line(label, `${stepsInShort(notice)}.`) : [];
}

/** `10 % at 09:00 UTC, 100 % at 10:00 UTC`; a batch endpoint has one step. */
export function stepsInShort({ steps: taken = [], at, batch }: Notice): string {
  const share = (percent: number) => (batch ? 'the default deployment' : `${percent} %`);
  return taken.map((one) => `${share(one.percent)} at ${time(one.at, at)}`).join(', ');
}
