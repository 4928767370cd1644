import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { digest } from '../core/names.ts';
import { AnswersTally, rowsOf, type Answers, type Rows } from '../core/shadow/answers.ts';
import type { Needs } from '../core/step.ts';
import type { LoggedAnswers } from '../ports.ts';
import { openArm, type ArmOptions } from './arm.ts';
import { asking } from './armErrors.ts';
import { contentOf } from './blobContent.ts';
import { collectedDatastore, collectionFiles, type Collection } from './collectedFiles.ts';
import { datastoreProvider, openDatastore, type DatastoreOptions } from './datastoreFiles.ts';
import { linesOf } from './predictions.ts';

/** What one look reads at most. Beyond it the answer says `cut`. */
interface Bounds {
  /** The first so many copies are compared: a share of them is known to a percent. */
  readonly copies: number;
  /** Rows of the challenger's answers, which are kept until the champion's are read. */
  readonly rows: number;
  /** Of each of the four collections. */
  readonly bytes: number;
  readonly files: number;
  /** Real, for all of it. */
  readonly ms: number;
}

const BOUNDS: Bounds = { copies: 20_000, rows: 500_000, bytes: 128 * 1024 ** 2, files: 2000, ms: 90_000 };
/** The collector writes up to 256 KiB of data into a line; what is larger lies in a file of its own and is not compared. */
const LONGEST_LINE_CHARS = 512 * 1024;
/** How long a copy and its original may lie apart. */
const APART_MS = 5 * 60_000;

type Wanted = NonNullable<Needs['answers']>;

/** A line of the collector, as documented. Without an id it cannot be said which answer belongs to it; null is no content. */
const logged = z.object({
  time: z.coerce.date(),
  data: z.unknown().refine((data) => data !== undefined && data !== null),
  correlationid: z.string(),
});

/**
 * An answer is found by the id that a deployment's collector writes beside input and output of a request. Which of the
 * champion's requests a copy was made of is told by equal inputs: whether a copy keeps the id of its original is unverified.
 */
export function blobLoggedAnswers(options: ArmOptions & DatastoreOptions, bounds: Partial<Bounds> = {}): LoggedAnswers {
  const arm = openArm(options);
  return {
    async compare(workspace, endpoint, wanted) {
      const client = await openDatastore(arm, workspace, collectedDatastore, options);
      const most = { ...BOUNDS, ...bounds };
      return asking(datastoreProvider, `what ${endpoint} answered`, () => compare(client, endpoint, wanted, most));
    },
  };
}

async function compare(client: ContainerClient, endpoint: string, wanted: Wanted, bounds: Bounds): Promise<Answers> {
  const untilMs = performance.now() + bounds.ms;
  const { champion, challenger, inputs, outputs, from, to } = wanted;
  const log = (deployment: string, collection: string, time: Time) =>
    new Log(client, { endpoint, deployment, collection }, time, { ...bounds, untilMs });
  const time = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  const asked = log(challenger, inputs, time);
  const copies = await copiesIn(asked, bounds.copies);
  const all = asked.cut ? { ...time, toMs: copies.lastMs + 1 } : time;
  const answering = log(challenger, outputs, { ...all, toMs: all.toMs + APART_MS });
  const answered = await answersTo(copies.byId, answering, wanted, bounds.rows);
  const beside = { fromMs: all.fromMs - APART_MS, toMs: all.toMs + APART_MS };
  const original = log(champion, inputs, beside);
  const pairs = await originalsOf(answered.byInput, original);
  const theirs = log(champion, outputs, { ...beside, toMs: beside.toMs + APART_MS });
  const found = await compared(pairs, theirs, wanted);
  const isCut = [asked, answering, original, theirs].some((one) => one.cut);
  return {
    copies: copies.byId.size,
    unanswered: copies.byId.size - answered.count,
    unmatched: answered.count - pairs.size,
    ...found,
    // What has no answer in the champion's log is as good as one that cannot be read.
    unreadable: pairs.size - found.requests,
    ...(isCut ? { cut: true } : {}),
  };
}

interface Time {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Logged {
  readonly id: string;
  readonly atMs: number;
  readonly data: unknown;
}

type Most = Pick<Bounds, 'bytes' | 'files'> & {
  /** Of a clock that only counts. */
  readonly untilMs: number;
};

/** The lines of one collection in a stretch of time; what is no such line is left out. */
class Log {
  /** There was more than may be read. */
  cut = false;
  readonly #client: ContainerClient;
  readonly #collection: Collection;
  readonly #time: Time;
  readonly #most: Most;

  constructor(client: ContainerClient, collection: Collection, time: Time, most: Most) {
    this.#client = client;
    this.#collection = collection;
    this.#time = time;
    this.#most = most;
  }

  async *lines(): AsyncGenerator<Logged> {
    const { fromMs, toMs } = this.#time;
    let { bytes: bytesLeft, files: filesLeft } = this.#most;
    const time = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    for await (const { name, bytes } of collectionFiles(this.#client, this.#collection, time)) {
      const read = Math.min(bytes, bytesLeft);
      this.cut ||= read < bytes || filesLeft === 0;
      if (read === 0 || filesLeft === 0) return;
      bytesLeft -= read;
      filesLeft -= 1;
      for await (const line of linesOf(contentOf(this.#client.getBlobClient(name), read, { grows: true }), LONGEST_LINE_CHARS)) {
        if (performance.now() > this.#most.untilMs) {
          this.cut = true;
          return;
        }
        const one = lineOf(line);
        if (one && one.atMs >= fromMs && one.atMs < toMs) yield one;
      }
    }
  } // prettier-ignore
}

function lineOf(text: string): Logged | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const read = logged.safeParse(JSON.parse(text));
    if (!read.success) return undefined;
    const { time, data, correlationid } = read.data;
    return { id: correlationid, atMs: time.getTime(), data };
  } catch {
    // A line that is just being written, or too long.
    return undefined;
  }
}

/** Undefined: what callers can send and no canonical form has (half a surrogate, a number beyond all bounds). */
function digestOf(input: unknown): string | undefined {
  try {
    return digest(input);
  } catch {
    return undefined;
  }
}

interface Copy {
  readonly input: string;
  readonly atMs: number;
}

/** By id, the first so many. */
async function copiesIn(log: Log, most: number) {
  const byId = new Map<string, Copy>();
  let lastMs = 0;
  for await (const { id, atMs, data } of log.lines()) {
    if (byId.size === most && !byId.has(id)) {
      log.cut = true;
      break;
    }
    const input = digestOf(data);
    if (input === undefined) continue;
    byId.set(id, { input, atMs });
    lastMs = Math.max(lastMs, atMs);
  }
  return { byId, lastMs };
}

interface Answered {
  readonly atMs: number;
  readonly rows: Rows;
}

/** Digest of the input -> what the challenger answered, as often as it was asked that. */
async function answersTo(copies: ReadonlyMap<string, Copy>, log: Log, asked: Wanted, most: number) {
  const byInput = new Map<string, Answered[]>();
  const done = new Set<string>();
  let rowsLeft = most;
  for await (const { id, data } of log.lines()) {
    const copy = copies.get(id);
    if (!copy || done.has(id)) continue;
    const rows = rowsOf(data, asked);
    rowsLeft -= rows.length;
    if (rowsLeft < 0) {
      log.cut = true;
      break;
    }
    done.add(id);
    const same = byInput.get(copy.input);
    if (same) same.push({ atMs: copy.atMs, rows });
    else byInput.set(copy.input, [{ atMs: copy.atMs, rows }]);
  }
  return { byInput, count: done.size };
}

/** Id of the champion's request -> what the challenger answered to the copy of it: of equal ones that which is nearest in time. */
async function originalsOf(byInput: ReadonlyMap<string, Answered[]>, log: Log) {
  const pairs = new Map<string, { readonly input: string; readonly challenger: Rows }>();
  for await (const { id, atMs, data } of log.lines()) {
    const input = digestOf(data);
    const same = input === undefined ? undefined : byInput.get(input);
    if (input === undefined || !same || pairs.has(id)) continue;
    const next = nearest(same, atMs);
    if (next === undefined) continue;
    pairs.set(id, { input, challenger: next.rows });
    same.splice(same.indexOf(next), 1);
  }
  return pairs;
}

function nearest(answers: readonly Answered[], atMs: number): Answered | undefined {
  let best: Answered | undefined;
  for (const one of answers) {
    const apartMs = Math.abs(one.atMs - atMs);
    if (apartMs <= APART_MS && (!best || apartMs < Math.abs(best.atMs - atMs))) best = one;
  }
  return best;
}

async function compared(pairs: ReadonlyMap<string, { readonly input: string; readonly challenger: Rows }>, log: Log, asked: Wanted) {
  const tally = new AnswersTally(asked);
  const done = new Set<string>();
  for await (const { id, data } of log.lines()) {
    const pair = pairs.get(id);
    if (!pair || done.has(id)) continue;
    done.add(id);
    tally.add(pair.input, rowsOf(data, asked), pair.challenger);
  }
  return tally.found();
} // prettier-ignore
