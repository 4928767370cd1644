import type { MonitorTrouble, Notice } from '../notice.ts';
import { line, stillServes, type Choice, type Letter } from './letter.ts';
import type { Links } from './links.ts';

interface Words {
  readonly subject: string;
  readonly follows: string;
  readonly toDo: (links: Links) => readonly Choice[];
}

const WORDS: Readonly<Record<MonitorTrouble, Words>> = {
  none: {
    subject: 'no monitor watches the endpoint',
    follows: 'Until one does, no drift is found and nothing is trained on it',
    toDo: () => [
      { text: 'Make or enable a monitor whose target is this endpoint. Steward needs no word of it.' },
      { text: 'Or take drift out of training.when in the policy.' },
    ],
  },
  several: {
    subject: 'several monitors watch the endpoint, and none counts',
    follows: 'Until the policy names one, what they find leads to nothing',
    toDo: () => [
      { text: 'Name the one that counts. In the policy:', command: 'training: {from: champion, when: {drift: {monitor: NAME}}}' },
    ],
  },
  strange: {
    subject: 'a finding does not count: its run is not known as the monitor’s',
    follows: 'If it was the monitor’s after all, what that finds is lost until this is mended',
    toDo: (links) => [
      { text: 'Look at the run in Azure ML studio, Jobs. A monitor’s runs are known by their display name: the monitor’s, a dash, and the time of the slot.' },
      { text: 'Is it the monitor’s? Then Steward does not see what the monitor finds: tell whoever looks after Steward. To train by yourself (retrain; put in your name and reason):', command: links.send('retrain') },
      { text: 'Is it another job that carries the tag? Then there is nothing to do.' },
    ],
  },
  failing: {
    subject: 'the monitor keeps failing',
    follows: 'Until a run of it completes, neither drift nor broken data is found',
    toDo: () => [
      { text: 'Read the log of its newest run (Azure ML studio, Jobs, Outputs + logs) and mend the cause: most often a datastore without credentials, or nothing was asked in the window. Steward needs no word of it.' },
    ],
  },
}; // prettier-ignore

function isTrouble(cause: string): cause is MonitorTrouble {
  return Object.hasOwn(WORDS, cause);
}

/** Something is wrong with the monitor itself: what it does not find, nobody would miss. */
export function monitorTrouble(notice: Notice, links: Links): Letter {
  const { cause = '', audience, sentence, champion } = notice;
  const { subject, follows, toDo } = WORDS[isTrouble(cause) ? cause : 'none'];
  const serving = champion === undefined ? 'What serves keeps serving' : stillServes(notice);
  return {
    subject,
    mood: audience === 'inform' ? 'calm' : 'ask',
    headline: `${serving}. ${follows}.`,
    parts: [...line('Why', sentence), { kind: 'choices', label: 'What to do', choices: toDo(links) }],
  };
}
