import type { Notice } from '../notice.ts';
import { time } from './figures.ts';
import { challengerOf, line, stillServes, type Letter } from './letter.ts';
import type { Links } from './links.ts';

/** Told to everybody at once: nobody has proved this version. */
export function breakGlass(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  if (notice.release === undefined) return neverBegan(notice, version);
  const until = notice.deadline === undefined ? '' : ` It ends by itself if it has no live traffic by ${time(notice.deadline, notice.at)}.`; // prettier-ignore
  return {
    subject: `BREAK-GLASS: ${version} goes out unproven, by ${notice.actor ?? 'an Admin'}`,
    mood: 'act',
    headline: `${version} goes out without gate, approval and freeze. It is deployed, smoke tested, shifted in steps, judged by the canary and watched as any. ${stillServes(notice)} until then.${until}`,
    parts: [
      ...line('Ordered by', notice.actor),
      ...line('Why', notice.sentence),
      {
        kind: 'choices',
        label: 'If it must not go out',
        choices: [
          {
            text: 'Take it back; that wins at any time (put in your name and reason):',
            command: links.send('rollback'),
          },
        ],
      },
    ],
  };
}

function neverBegan(notice: Notice, version: string): Letter {
  const until = notice.deadline === undefined ? 'the end of its time' : time(notice.deadline, notice.at);
  return {
    subject: `break-glass for ${version} is over, it never began`,
    mood: 'calm',
    headline: `${stillServes(notice)}. Until ${until} something kept ${version} from going out: the model was paused or held, or Azure did not answer. If it still must go out, order it anew.`,
    parts: [...line('Ordered by', notice.actor), ...line('Why', notice.sentence)],
  };
}

/** Whatever a message tells of such a release, it says first how that came out. */
export function withGlass({ breakGlass: glass, kind }: Notice, letter: Letter): Letter {
  if (!glass || kind === 'breakGlass') return letter;
  return { ...letter, parts: [...line('Break-glass', `it went out past gate, approval and freeze, by ${glass.actor}: ${glass.reason}`), ...letter.parts] }; // prettier-ignore
}
