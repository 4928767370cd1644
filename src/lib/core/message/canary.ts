import type { Notice } from '../notice.ts';
import { checks, harm, steps, why } from './evidence.ts';
import { count, time } from './figures.ts';
import { challengerOf, championOf, line, type Letter, type Part } from './letter.ts';
import type { Links } from './links.ts';
import { whereFrom } from './origin.ts';

/** How seldom chance alone would look like this, in words for people who do no statistics. */
export function howSure({ reasons }: Notice): Part[] {
  const { chance, allowed } = reasons.find((reason) => reason.chance !== undefined) ?? {};
  if (chance === undefined) return [];
  const policy = allowed === undefined ? '' : ` (policy: 1 in ${oneIn(allowed)})`;
  return line('How sure', `if they were equal, evidence this strong would turn up in fewer than 1 of ${oneIn(chance)} releases${policy}.`); // prettier-ignore
}

/** Two figures; more than a million is not told apart. */
function oneIn(chance: number): string {
  const times = Math.min(1_000_000, 1 / chance);
  const grain = 10 ** Math.max(0, Math.floor(Math.log10(times)) - 1);
  return count(Math.floor(times / grain) * grain);
}

export function championUnwell(notice: Notice, links: Links): Letter {
  const [version, champion] = [challengerOf(notice), championOf(notice) ?? 'the champion'];
  return {
    subject: `${champion}, which serves, fails far more often than before; the release of ${version} is held`,
    mood: 'act',
    headline: `Look into it: ${champion} itself fails far more often than in the 24 hours before the release. Beside it ${version} cannot be judged, so it goes no further. It is not taken back for it; if it is worse still, it is.`,
    parts: [
      ...why(notice),
      ...checks(notice),
      ...harm(notice),
      ...steps(notice, 'Traffic'),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: 'Mend what both depend on: the release goes on by itself when the champion is well again.' },
          { text: `Give ${champion} all traffic again, without waiting (rollback):`, command: links.send('rollback') },
        ],
      },
    ],
  };
}

export function stepUndecided(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const share = notice.steps?.at(-1)?.percent;
  const deadline = notice.deadline === undefined ? 'its deadline' : time(notice.deadline, notice.at);
  return {
    subject: `${version} is still undecided${share === undefined ? '' : ` at ${share} % of live traffic`}`,
    mood: 'ask',
    headline: `${version} neither shows that it does as well as ${championOf(notice) ?? 'the champion'} nor that it does worse. It stays where it is until it can be decided, at the latest until ${deadline}; then it is taken back.`,
    parts: [
      ...why(notice),
      ...checks(notice),
      ...harm(notice),
      ...steps(notice, 'Traffic'),
      ...whereFrom(notice),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: 'Wait: Steward goes on by itself when there was enough traffic to judge.' },
          { text: 'Give it all traffic and watch it (promote; put in your name and reason):', command: links.send('promote') },
          { text: 'Give it up (rollback):', command: links.send('rollback') },
        ],
      },
    ],
  }; // prettier-ignore
}
