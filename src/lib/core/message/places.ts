import type { Notice } from '../notice.ts';
import { traffic } from './evidence.ts';
import { challengerOf, championOf, line, type Letter } from './letter.ts';
import type { Links } from './links.ts';

/** Nothing is done there any more; what was left there is told, since only people can reach it now. */
export function workspaceWithdrawn(notice: Notice, links: Links): Letter {
  const left = notice.release === undefined ? 'No release is under way' : `The release of ${challengerOf(notice)} stands as it was`;
  return {
    subject: 'workspace gone: nothing is done in it any more',
    mood: 'act',
    headline: `Steward may not, or cannot, work in the workspace any more and does nothing there. ${left}; traffic is what was read last.`,
    parts: [
      ...line('Why', notice.sentence),
      ...line('Served', championOf(notice)),
      ...line('Endpoint', notice.endpoint),
      ...traffic(notice),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: 'If it was meant: look after what is left there by hand, also after deployments that cost money.' },
          { text: 'If not: put the workspace back into the estate and publish it, or give Steward its access back. All goes on from where it stands:', command: links.show() },
        ],
      },
    ],
  };
} // prettier-ignore

/** Good to know: what serves at the old place goes on serving, and nobody judges it. */
export function placeMoved(notice: Notice): Letter {
  const champion = championOf(notice);
  return {
    subject: 'looked after at another endpoint from now on',
    mood: 'calm',
    headline: 'The policy names another endpoint or workspace. The next version is released there; what serves at the old one stays as it is, and is nobody’s business of Steward’s any more.',
    parts: [...line('What moved', notice.sentence), ...line('Served at the old one', champion), ...traffic(notice)],
  };
} // prettier-ignore
