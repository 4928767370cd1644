import { sameSplit } from '../lifecycle.ts';
import type { Notice } from '../notice.ts';
import { checks, shadowed, steps, traffic, unproven, why } from './evidence.ts';
import { time, when } from './figures.ts';
import { challengerOf, championOf, line, routingWord, type Choice, type Letter, type Part } from './letter.ts';
import type { Links } from './links.ts';
import { whereFrom } from './origin.ts';

export function trafficHeld(notice: Notice, links: Links): Letter {
  const known = notice.expected !== undefined;
  const what = sameSplit(notice.live ?? {}, notice.expected ?? {}) ? 'mirrored' : 'live';
  return {
    subject: known
      ? `${what} traffic was changed, but not by Steward: your choice`
      : 'live traffic is unclear: your choice',
    mood: 'ask',
    headline: `Nothing happens unless you act: ${what} traffic is not what Steward set, so Steward moves nothing${held(notice)}.`,
    parts: [
      ...traffic(notice),
      ...line('Why', notice.sentence),
      {
        kind: 'choices',
        label: 'What to do: choose one (put in your name and reason)',
        choices: [keepIt(notice, links), ...(known ? [putBack(links)] : [])],
      },
    ],
  };
}

/** Only one deployment with all traffic can be adopted; anything else must be settled first. */
function keepIt(notice: Notice, links: Links): Choice {
  const serving = Object.entries(notice.live ?? {}).filter(([, percent]) => percent > 0);
  const one = serving.length === 1 && serving[0]?.[1] === 100 ? serving[0][0] : undefined;
  const ends = notice.release === undefined ? '' : `; ends the release of ${challengerOf(notice)}`;
  const text =
    one === undefined
      ? `Keep the change: give one deployment of this model 100 % in Azure ML, then (adopt${ends}):`
      : `Keep what is live, ${one} at 100 % (adopt${ends}):`;
  return { text, command: links.send('adopt') };
}

function putBack(links: Links): Choice {
  return { text: 'Put back what Steward expects (revert; then it goes on):', command: links.send('revert') };
}

function held(notice: Notice): string {
  return notice.release === undefined ? '' : ` and the release of ${challengerOf(notice)} stands still`;
}

export function decisionNeeded(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const champion = championOf(notice);
  const deadline = notice.deadline === undefined ? undefined : time(notice.deadline, notice.at);
  const then = notice.deadline === undefined ? 'then' : when(notice.deadline, notice.at);
  const otherwise = champion === undefined ? 'no version serves' : `${champion} keeps serving`;
  return {
    subject: `Release ${version}? A person must decide${deadline === undefined ? '' : ` before ${deadline}`}`,
    mood: 'ask',
    headline:
      deadline === undefined
        ? `Nothing happens unless you act: ${version} waits, and ${otherwise}.`
        : `Nothing happens unless you act: ${then} ${version} is rejected, and ${otherwise}.`,
    parts: [
      ...line('Why', notice.sentence),
      ...checks(notice),
      ...line('Evidence on', notice.data),
      ...unproven(notice),
      ...whereFrom(notice),
      ...steps(notice, 'If released now, at the earliest'),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          {
            text: 'Release it (promote; put in your name and reason, both are recorded):',
            command: links.send('promote'),
          },
          { text: 'Leave it: it is rejected by itself when the time is over.' },
        ],
      },
    ],
  };
}

export function shadowUndecided(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const deadline = notice.deadline === undefined ? 'its deadline' : time(notice.deadline, notice.at);
  return {
    subject: `${version} is still undecided on copies of live requests`,
    mood: 'ask',
    headline: `Nothing is at risk: ${version} gets copies of live requests only, and ${championOf(notice) ?? 'the champion'} answers them all. It stays so until it can be decided, at the latest until ${deadline}; then ${version} is taken back.`,
    parts: [
      ...why(notice),
      ...checks(notice),
      ...shadowed(notice),
      ...whereFrom(notice),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: 'Wait: Steward goes on by itself when there are enough copies to judge.' },
          {
            text: 'End the shadow and skip the steps (promote; put in your name and reason):',
            command: links.send('promote'),
          },
          { text: 'Give it up (rollback):', command: links.send('rollback') },
        ],
      },
    ],
  };
}

export function stalled(notice: Notice, links: Links): Letter {
  return {
    subject: 'stalled: something always fails and was set aside',
    mood: 'act',
    headline:
      'Something that happened could not be handled and was set aside. Everything else goes on: canary and rollback still work.',
    parts: [
      ...line('Item', notice.cause),
      ...line('What failed', notice.sentence),
      resume(links, 'Mend the cause (a fault in the policy, in Azure, or in Steward itself), then let it try again:'),
    ],
  };
}

export function unreachable(notice: Notice, links: Links): Letter {
  const since = notice.deadline === undefined ? '' : `since ${time(notice.deadline, notice.at)}`;
  const release = notice.release === undefined ? '' : ` The release of ${challengerOf(notice)} stands still.`;
  const { fact, until, look } = notice.cause === undefined ? standing(notice, since) : silence(notice.cause, since);
  return {
    subject: fact,
    mood: notice.audience === 'page' ? 'act' : 'calm',
    headline: `${fact.slice(0, 1).toUpperCase()}${fact.slice(1)}. Steward leaves ${routingWord(notice)} as it is and decides nothing until ${until}.${release}`,
    parts: [
      ...(notice.cause === undefined ? [] : line('What failed', notice.sentence)),
      ...traffic(notice),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: look },
          { text: 'Steward keeps looking and goes on by itself when it can. What it sees now:', command: links.show() },
        ],
      },
    ],
  };
}

function silence(provider: string, since: string) {
  return {
    fact: `no answer from ${provider} ${since}`.trim(),
    until: 'there is one',
    look: 'See whether Azure has an outage, and whether Steward’s identity still has its roles.',
  };
}

/** It did answer, but nothing can be judged by what it says. */
function standing({ sentence = 'The endpoint cannot be judged.' }: Notice, since: string) {
  const fact = `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, '');
  return {
    fact: since === '' ? fact : `${fact} (${since})`,
    until: 'that is over',
    look: 'See in Azure ML studio what is done to the endpoint, by whom, and whether it hangs.',
  };
}

function resume(links: Links, text: string): Part {
  return { kind: 'choices', label: 'What to do', choices: [{ text, command: links.send('resume') }] };
}

export function championAdopted(notice: Notice): Letter {
  const champion = championOf(notice) ?? 'The version that serves';
  return {
    subject: `${champion} taken over as champion`,
    mood: 'calm',
    headline: `${champion} serves, and Steward looks after it from now on. Nothing to do.`,
    parts: [...line('Why', notice.sentence), ...line('Ordered by', notice.actor), ...traffic(notice)],
  };
}

export function deletionRefused(notice: Notice): Letter {
  const deployment = notice.cause ?? 'a deployment';
  return {
    // A batch deployment costs nothing while no job runs on it.
    subject: `deployment ${deployment} could not be deleted${notice.batch ? '' : ' and still costs money'}`,
    mood: 'calm',
    headline: `Deployment ${deployment} is no longer needed, and Azure refused to delete it. ${notice.batch ? 'The default deployment' : 'Traffic'} is not touched; Steward asks again each day.`,
    parts: [
      ...line('What Azure said', notice.sentence),
      ...line('What to do', 'give Steward’s identity its role back, or delete the deployment in Azure ML studio.'),
    ],
  };
}
