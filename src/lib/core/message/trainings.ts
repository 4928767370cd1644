import type { Notice, NoticeOfTraining } from '../notice.ts';
import type { Cause } from '../training/state.ts';
import { breachesInShort, causeItems, causesInShort } from './causes.ts';
import { many, series, time } from './figures.ts';
import { championOf, line, list, stillServes, type Letter, type Part } from './letter.ts';
import type { Links } from './links.ts';
import { commitName } from './origin.ts';
import { refusalInWords } from './refusal.ts';

const NOTHING: NoticeOfTraining = { causes: [], more: 0 };
const TRAIN = 'retrain; put in your name and reason';

/** A finding that nothing follows from. */
export function driftFound(notice: Notice): Letter {
  const { causes, more } = notice.training ?? NOTHING;
  const found = causes.length === 0 ? 'a finding of a monitor' : causesInShort(causes, more);
  const why = notice.sentence ?? 'The policy has no training.';
  return {
    subject: `${found}, nothing is trained (${inside(why)})`,
    mood: 'calm',
    headline: `Found: ${found}. Nothing is trained. ${serving(notice)}.`,
    parts: [
      ...line('Why', why),
      ...list('What was measured', causeItems(causes, more, notice.at)),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: 'Train by yourself: a version that you register goes the way of every version (evaluation, gate, canary).' },
          { text: 'Or let Steward train from now on. In the policy:', command: 'training: {from: champion, when: {drift: {monitor: NAME}}}' },
        ],
      },
    ],
  }; // prettier-ignore
}

/** A model that learns from broken data learns the fault, so nothing is trained until the data is whole. */
export function badData(notice: Notice, links: Links): Letter {
  const { causes, more } = notice.training ?? NOTHING;
  const { broken, rest } = parted(causes);
  const held = causesInShort(rest, more);
  const [first] = broken;
  const fault = first === undefined ? 'broken data' : breachesInShort(broken.flatMap(({ breaches }) => breaches));
  return {
    subject: 'training held: the data is broken, not the world',
    mood: 'ask',
    headline: `Training is held: the monitor found ${fault}, and a model would learn the fault. ${serving(notice)}.`,
    parts: [
      ...list('What is broken', causeItems(broken, 0, notice.at)),
      ...line('What it holds', `${held === '' ? 'whatever asks for a training until then' : held}. Nothing of it is lost.`), // prettier-ignore
      ...line('Ends', `by itself, with the next run of ${first === undefined ? 'the monitor' : `monitor ${first.monitor}`} that finds no broken data.`), // prettier-ignore
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: 'Mend the data where it comes from. Steward needs no word of it.' },
          { text: `Train in spite of it (${TRAIN}):`, command: links.send('retrain') },
        ],
      },
    ],
  };
}

type Finding = Extract<Cause, { kind: 'monitor' }>;

/** The runs that found broken data, with that alone; and everything that asks for a training. */
function parted(causes: readonly Cause[]): { readonly broken: readonly Finding[]; readonly rest: readonly Cause[] } {
  const of = (quality: boolean) =>
    causes.flatMap((cause): Cause[] => {
      if (cause.kind !== 'monitor') return quality ? [] : [cause];
      const breaches = cause.breaches.filter(({ kind }) => (kind === 'quality') === quality);
      return breaches.length === 0 ? [] : [{ ...cause, breaches }];
    });
  return { broken: of(true).filter((cause) => cause.kind === 'monitor'), rest: of(false) };
}

export function trainingStarted(notice: Notice, links: Links): Letter {
  const training = notice.training ?? NOTHING;
  const { causes, more, attempts = 1, unpinned = [] } = training;
  const champion = championOf(notice);
  const again = attempts > 1 ? ` again (attempt ${attempts})` : '';
  return {
    subject: `${nameOf(training)} started${again}: ${causesInShort(causes, more)}`,
    mood: 'calm',
    headline: `${capital(nameOf(training))} began${again} at ${time(notice.at, notice.at)}. ${serving(notice)}. Nothing to do.`,
    parts: [
      ...list('Why', causeItems(causes, more, notice.at)),
      ...line('Again', attempts > 1 ? 'the attempt before never started, or failed through no fault of its own.' : undefined), // prettier-ignore
      ...line('Job', training.job),
      ...madeFrom(training),
      ...line('Not pinned', unpinned.length === 0 ? undefined : `${series(unpinned)}: named by path, so nobody can say later what the model was trained on.`), // prettier-ignore
      ...line('Then', `its version is evaluated${champion === undefined ? '' : ` against ${champion}`}, must pass the gate, and gets live traffic step by step, watched by the canary.`), // prettier-ignore
      {
        kind: 'choices',
        label: 'To stop it',
        choices: [{ text: 'Cancel the job (reject; put in your name and reason):', command: links.send('reject') }],
      },
    ],
  };
}

export function trainingRefused(notice: Notice, links: Links): Letter {
  const { causes, more, refusal, until } = notice.training ?? NOTHING;
  const champion = championOf(notice) ?? 'the champion';
  const { short, ends, toDo } = refusalInWords(refusal, champion);
  const when = until === undefined ? '' : ` until ${time(until, notice.at)}`;
  return {
    subject: `not trained${when}: ${short} (${causesInShort(causes, more)})`,
    mood: 'calm',
    headline: `Nothing is trained${when}: ${short}. What asks for it is kept. ${serving(notice)}.`,
    parts: [
      ...line('Why', notice.sentence),
      ...list('What asks for it', causeItems(causes, more, notice.at)),
      ...line('Ends', `${until === undefined ? ends : `by itself, at ${time(until, notice.at)}`}. Then it is looked at again.`), // prettier-ignore
      ...(toDo === undefined ? [] : [{ kind: 'choices' as const, label: 'What to do', choices: toDo(links) }]),
    ],
  };
}

export function trainingFailed(notice: Notice, links: Links): Letter {
  const training = notice.training ?? NOTHING;
  const { causes, more, attempts = 1 } = training;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  return {
    subject: `${nameOf(training)} failed${tries}: no new version`,
    mood: 'ask',
    headline: `${capital(nameOf(training))} failed${tries} and is not tried again by itself. ${serving(notice)}.`,
    parts: [
      ...line('What failed', notice.sentence),
      ...line('Log', training.job === undefined ? undefined : `Azure ML studio, Jobs, ${training.job}, Outputs + logs.`), // prettier-ignore
      ...line('Cost', cost(training)),
      ...list('Why it was trained', causeItems(causes, more, notice.at)),
      ...madeFrom(training),
      {
        kind: 'choices',
        label: 'What to do',
        choices: [
          { text: `Read the log and mend the cause (code, data, environment, quota), then train again (${TRAIN}):`, command: links.send('retrain') },
          { text: 'Or leave it: the next cause starts a training, after the cooldown.' },
        ],
      },
    ],
  }; // prettier-ignore
}

export function trainingStopped(notice: Notice): Letter {
  const training = notice.training ?? NOTHING;
  return {
    subject: `${nameOf(training)} stopped: no new version`,
    mood: 'calm',
    headline: `${capital(nameOf(training))} was stopped. ${serving(notice)}. Nothing to do.`,
    parts: [
      ...line('Why', notice.sentence),
      ...line('Cost', cost(training)),
      ...list('Why it was trained', causeItems(training.causes, training.more, notice.at)),
    ],
  };
}

function nameOf({ number }: NoticeOfTraining): string {
  return number === undefined ? 'training' : `training ${number}`;
}

/** `commit 9c1e2b7, training_data = mails:14`; an input that is called like its data is not named twice. */
function madeFrom({ commit, pins = [] }: NoticeOfTraining): Part[] {
  const data = pins.map(
    ({ input, data: asset, version }) => `${input === asset ? '' : `${input} = `}${asset}:${version}`,
  );
  const sources = [...(commit === undefined ? [] : [`commit ${commitName(commit)}`]), ...data];
  return line('Made from', sources.join(', '));
}

function cost({ computeMinutes }: NoticeOfTraining): string | undefined {
  if (computeMinutes === undefined) return undefined;
  return computeMinutes > 0 && computeMinutes < 1 ? 'less than 1 compute minute.' : `${many(computeMinutes, 'compute minute')}.`; // prettier-ignore
}

/** A sentence as part of another one. */
function inside(sentence: string): string {
  return `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, '');
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Before its first release Steward does not know who serves; that somebody may, it must not deny. */
function serving(notice: Notice): string {
  return notice.champion === undefined ? 'What serves keeps serving' : stillServes(notice);
}
