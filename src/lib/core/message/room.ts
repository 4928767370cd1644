import type { Notice } from '../notice.ts';
import { time } from './figures.ts';
import { challengerOf, line, stillServes, type Letter } from './letter.ts';
import type { Links } from './links.ts';

/** There are not enough cores for another deployment; it is waited for. */
export function noRoom(notice: Notice, links: Links): Letter {
  const { deadline, at } = notice;
  const until = deadline === undefined ? 'the deadline' : time(deadline, at);
  return {
    subject: `no room to deploy ${challengerOf(notice)}`,
    mood: 'ask',
    headline: `${stillServes(notice)}, traffic did not change. ${challengerOf(notice)} is deployed as soon as there is room, and given up if there is none by ${until}.`,
    parts: [
      ...line('Why', notice.sentence),
      { kind: 'choices', label: 'What to do', choices: [
        { text: 'Raise the quota of the family in Azure ML studio (Quota), or delete deployments that nobody needs. Steward looks every five minutes.' },
        { text: 'Or deploy smaller: rollout.deployment of the policy says which size and how many; a changed policy holds from the next release.' },
        { text: 'See how it stands:', command: links.show() },
      ] },
    ],
  };
} // prettier-ignore
