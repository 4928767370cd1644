import type { Notice } from '../notice.ts';
import { time, versionName } from './figures.ts';
import { line, routingWord, stillServes, type Choice, type Letter } from './letter.ts';
import type { Links } from './links.ts';
import { whereFrom } from './origin.ts';

/** What the environment before released could not be brought here. */
export function handOverFailed(notice: Notice, links: Links): Letter {
  const { deadline, at, sentence } = notice;
  const what = `${versionName(notice.version ?? '')} of ${notice.cause ?? 'the environment before'}`;
  const tries = deadline !== undefined;
  return {
    subject: tries ? `${what} cannot be brought here yet` : `${what} was not brought here, it is given up`,
    mood: 'ask',
    headline: `${stillServes(notice)}, ${routingWord(notice)} did not change. ${tries ? `Steward tries again until ${time(deadline, at)}.` : 'Steward does not try it again.'}`,
    parts: [
      ...line('Why', sentence),
      { kind: 'choices', label: 'What to do', choices: tries ? mending(links) : goingOn(notice, links) },
      ...whereFrom(notice),
    ],
  };
} // prettier-ignore

function mending(links: Links): Choice[] {
  return [
    { text: 'Mend what is in the way (usually a role: the app reads the model’s container there, and writes below steward/ here). Steward needs no word of it.' },
    { text: 'See how it stands:', command: links.show() },
  ]; // prettier-ignore
}

function goingOn({ cause = 'the environment before' }: Notice, links: Links): Choice[] {
  return [
    { text: `Release a newer version in ${cause}: it is handed over in the same way.` },
    { text: 'See how it stands:', command: links.show() },
  ];
}
