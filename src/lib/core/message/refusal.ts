import type { Refusal } from '../training/state.ts';
import type { Choice } from './letter.ts';
import type { Links } from './links.ts';

/** Why no training is started, for people who did not write the policy. */
export interface RefusalInWords {
  readonly short: string;
  /** What ends it, where no time is known; continues "Ends:". */
  readonly ends: string;
  /** Absent: to wait is all there is to do. */
  readonly toDo?: (links: Links) => readonly Choice[];
}

/** `champion`: how the mail calls it, e.g. `v6`. */
export function refusalInWords(refusal: Refusal | undefined, champion: string): RefusalInWords {
  return refusal === undefined ? UNNAMED : WORDS[refusal](champion);
}

const UNNAMED: RefusalInWords = { short: 'it has to wait', ends: 'when the reason is over' };

const WORDS: Readonly<Record<Refusal, (champion: string) => RefusalInWords>> = {
  badData: () => ({
    short: 'the data is broken',
    ends: 'with the next run of the monitor that finds no broken data',
    toDo: (links) => [{ text: 'Mend the data where it comes from.' }, inSpite(links)],
  }),
  paused: () => ({
    short: 'the model is paused',
    ends: 'with the command resume',
    toDo: (links) => [{ text: 'Let it go on (resume; put in your name and reason):', command: links.send('resume') }],
  }),
  freeze: () => ({ short: 'freeze', ends: 'with the freeze of the calendar' }),
  oneAtATime: () => ({ short: 'another training is under way', ends: 'when that training has ended' }),
  cooldown: () => ({
    short: 'cooldown',
    ends: 'when the last training is long enough ago',
    toDo: (links) => [inSpite(links)],
  }),
  budget: () => ({
    short: 'the budget is used up',
    ends: 'when the oldest training has left the time that the budget counts',
    toDo: () => [{ text: 'Wait, or allow more in the policy (training.budget): the command retrain does not go past it.' }],
  }),
  noSource: () => ({
    short: 'there is nothing to train from',
    ends: 'when there is something',
    toDo: () => [{ text: 'Mend that in Azure ML, or name another source in the policy (training.from).' }],
  }),
  sameDataAsChampion: (champion) => ({
    short: `${champion} was trained on the same data`,
    ends: NEWER_DATA,
    toDo: withNewData,
  }),
  sameDataAsLastRejected: () => ({
    short: 'the last version that was turned down had the same data',
    ends: NEWER_DATA,
    toDo: withNewData,
  }),
  computeBusy: () => ({ short: 'the compute is busy', ends: 'when one of Steward’s jobs on it has ended' }),
  notCollected: () => ({
    short: 'what the endpoint was asked cannot become a version of the data',
    ends: 'when it can, which is tried each hour',
    toDo: () => [{ text: 'Mend what is said above, or take training.collected out of the policy.' }],
  }),
  unreachable: () => ({ short: 'Azure does not answer', ends: 'when there is an answer' }),
}; // prettier-ignore

const NEWER_DATA = 'when there is a newer version of one of the data assets';

/** A person who asks is let past what holds a machine. */
function inSpite(links: Links): Choice {
  return { text: 'Train in spite of it (retrain; put in your name and reason):', command: links.send('retrain') };
}

function withNewData(links: Links): Choice[] {
  return [{ text: 'Register what is new in the world as a new version of the data asset: without it a training learns the same again.' }, inSpite(links)]; // prettier-ignore
}
