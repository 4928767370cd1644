import type { Lifecycle } from '../lifecycle.ts';
import { trainingOf } from '../names.ts';
import type { Origin } from '../origin.ts';
import type { EndedTraining } from './state.ts';

const CAUSES_NAMED = 3;
/** Of what is not asked for again; the digest of an ended training is of all. */
const PINS_NAMED = 5;

/** What both say of themselves, under way and ended. */
type Made = Pick<EndedTraining, 'number' | 'job' | 'causes' | 'more' | 'pins' | 'commit'>;

/** Why and of what, as short as it is kept once the training is over. */
export function inBrief({ causes, more, pins }: Pick<Made, 'causes' | 'more' | 'pins'>): Pick<Made, 'causes' | 'more' | 'pins'> {
  // Who asked must be known whatever else did: those people may not approve what came of it.
  const people = causes.filter(({ kind }) => kind === 'command').length;
  let others = Math.max(0, CAUSES_NAMED - people);
  const named = causes.filter(({ kind }) => kind === 'command' || others-- > 0);
  return {
    causes: named,
    more: more + causes.length - named.length,
    pins: pins.slice(0, PINS_NAMED),
  };
} // prettier-ignore

/** The ended training that made this version, as far as the row remembers it. */
export function trainingThatMade({ trained }: Lifecycle, version: string): EndedTraining | undefined {
  return trained?.ended.find((ended) => ended.version === version);
}

/** What the workspace says: the run that a version names, and the version that came from the job under way so far. */
export interface Told {
  readonly run?: string | undefined;
  readonly left?: string | undefined;
}

/** Steward's own training where it was one, else the job alone; without a job it was registered by hand. */
export function originOf(lifecycle: Lifecycle, version: string, { run, left }: Told): Origin {
  const made = trainingThatMade(lifecycle, version) ?? trainingWithJob(lifecycle, run);
  const training = made ?? (left === version ? lifecycle.training : undefined);
  if (!training) return run === undefined ? {} : { job: run };
  return originFrom(training);
}

/** A job may register its model before it ends, and may fail after that: it is known by its name, not by its end. */
function trainingWithJob(lifecycle: Lifecycle, run: string | undefined): Made | undefined {
  if (run === undefined) return undefined;
  const { training, trained } = lifecycle;
  const known: readonly Made[] = [...(training ? [training] : []), ...(trained?.ended ?? [])];
  // Children of jobs of ours are called `<job>_3`; what a team's own are called proves nothing.
  const [job = run] = run.split('_');
  const number = trainingOf(lifecycle, job);
  const ours = known.find((made) => made.number === number);
  // Its version may be of an attempt before the last one.
  return ours ? { ...ours, job } : known.find((made) => made.job === run);
}

function originFrom(training: Made): Origin {
  const { number, job, commit } = training;
  const { causes, more, pins } = inBrief(training);
  return { job, training: number, causes, more, data: pins, ...(commit === undefined ? {} : { commit }) };
}

/** A release that began before it was known which training made its version learns it when that training ends. */
export function withOrigin(lifecycle: Lifecycle, training: EndedTraining): Lifecycle {
  const { release } = lifecycle;
  if (!release?.origin || release.version !== training.version) return lifecycle;
  const { from, training: known } = release.origin;
  if (from !== undefined || known !== undefined) return lifecycle;
  return { ...lifecycle, release: { ...release, origin: { ...release.origin, ...originFrom(training) } } };
}
