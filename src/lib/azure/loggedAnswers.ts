import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { Unavailable } from '../core/errors.ts';
import { digest } from '../core/names.ts';
import { compareAnswers, rowsOf, type Answers, type Rows } from '../core/shadow/answers.ts';
import type { Needs } from '../core/step.ts';
import type { LoggedAnswers } from '../ports/loggedAnswers.ts';
import { openArm, type ArmOptions } from './arm.ts';
import { asking } from './armErrors.ts';
import { contentOf } from './blobContent.ts';
import { collectedDatastore, collectionFiles, type Collection } from './collectedFiles.ts';
import { datastoreProvider, openDatastore, type DatastoreOptions } from './datastoreFiles.ts';
import { linesOf } from './predictions.ts';

/** What one look reads at most. Beyond it the answer says `cut`. */
interface Bounds {
  /** The first so many inputs are compared: a share of them is known to a percent. */
  readonly copies: number;
  /** Of all answers, which are kept until both are read. */
  readonly rows: number;
  /** Of each of the four collections. */
  readonly bytes: number;
  readonly files: number;
  /** Real, for all of it; what takes longer is unavailable, and tried again. */
  readonly ms: number;
}

const BOUNDS: Bounds = { copies: 20_000, rows: 500_000, bytes: 128 * 1024 ** 2, files: 2000, ms: 60_000 };
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
  const logs: Log[] = [];
  const log = (deployment: string, collection: string, time: Time) => {
    const one = new Log(client, { endpoint, deployment, collection }, time, { ...bounds, untilMs });
    logs.push(one);
    return one;
  };
  const time = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  const later = (toMs: number) => Math.min(toMs, Math.min(...logs.filter(({ cut }) => cut).map(({ lastMs }) => lastMs)) + APART_MS);
  const copies = await copiesIn(log(challenger, inputs, time), bounds.copies);
  const rows = { left: bounds.rows };
  await answersOf(copies, log(challenger, outputs, { ...time, toMs: later(time.toMs + APART_MS) }), wanted, rows);
  const beside = { fromMs: time.fromMs - APART_MS, toMs: later(time.toMs + APART_MS) };
  await originalsOf(copies, log(champion, inputs, beside));
  await originalAnswersOf(copies, log(champion, outputs, { ...beside, toMs: later(beside.toMs + APART_MS) }), wanted, rows);
  // What came after the log that was cut first is not left out: it was not read.
  const reachMs = Math.min(...logs.map((one) => (one.cut ? one.lastMs : Number.POSITIVE_INFINITY)));
  const read = [...copies.byInput.values()].filter(({ atMs }) => atMs <= reachMs);
  return { ...counted(read, wanted), ...(logs.some(({ cut }) => cut) ? { cut: true as const } : {}) };
} // prettier-ignore

function counted(copies: readonly Copy[], wanted: Wanted): Omit<Answers, 'cut'> {
  const matched = copies.filter(({ original }) => original !== undefined);
  const answered = matched.flatMap(({ answered: challenger, original }) => (challenger ? [{ champion: original?.rows, challenger }] : []));
  // Requests that neither answered, as those that no script can read, are no matter.
  const unanswered = matched.filter((copy) => !copy.answered && copy.original?.rows !== undefined).length;
  return { copies: copies.length, unanswered, unmatched: copies.length - matched.length, ...compareAnswers(answered, wanted) };
} // prettier-ignore

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
  /** Of the newest line that was read. */
  lastMs = 0;
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
        if (performance.now() > this.#most.untilMs) throw new Unavailable('timeout', datastoreProvider, `${name} and the logs before it took too long`);
        const one = lineOf(line);
        if (!one || one.atMs < fromMs || one.atMs >= toMs) continue;
        this.lastMs = Math.max(this.lastMs, one.atMs);
        yield one;
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

/** Of all requests with one input the first that was copied, and what is known of it. */
interface Copy {
  readonly atMs: number;
  answered?: Rows;
  original?: { readonly id: string; readonly atMs: number; rows?: Rows };
}

interface Copies {
  readonly byInput: Map<string, Copy>;
  /** Whose request it is; undefined: of two, so that it cannot be said which answer is whose. */
  readonly byId: Map<string, Copy | undefined>;
}

async function copiesIn(log: Log, most: number): Promise<Copies> {
  const byInput = new Map<string, Copy>();
  const byId = new Map<string, Copy | undefined>();
  const inputs = new Map<string, string>();
  for await (const { id, atMs, data } of log.lines()) {
    const input = digestOf(data);
    if (input === undefined) continue;
    if (byInput.size === most && !byInput.has(input)) {
      log.cut = true;
      break;
    }
    const twice = inputs.has(id) && inputs.get(id) !== input;
    inputs.set(id, input);
    if (twice) byId.set(id, undefined);
    else if (!byInput.has(input)) {
      const copy: Copy = { atMs };
      byInput.set(input, copy);
      byId.set(id, copy);
    }
  }
  return { byInput, byId };
}

async function answersOf(copies: Copies, log: Log, asked: Wanted, most: { left: number }): Promise<void> {
  for await (const { id, data } of log.lines()) {
    const copy = copies.byId.get(id);
    if (!copy || copy.answered) continue;
    const rows = rowsOf(data, asked) ?? [];
    if (!taken(most, rows, log)) return;
    copy.answered = rows;
  }
}

/** The request of the champion's that is nearest in time. */
async function originalsOf({ byInput }: Copies, log: Log): Promise<void> {
  for await (const { id, atMs, data } of log.lines()) {
    const copy = byInput.get(digestOf(data) ?? '');
    if (!copy) continue;
    const apartMs = Math.abs(copy.atMs - atMs);
    if (apartMs <= APART_MS && (!copy.original || apartMs < Math.abs(copy.atMs - copy.original.atMs))) copy.original = { id, atMs }; // prettier-ignore
  }
}

async function originalAnswersOf({ byInput }: Copies, log: Log, asked: Wanted, most: { left: number }): Promise<void> {
  const byId = new Map([...byInput.values()].flatMap(({ original }) => (original ? [[original.id, original]] : [])));
  for await (const { id, data } of log.lines()) {
    const original = byId.get(id);
    const rows = original && !original.rows ? rowsOf(data, asked) : undefined;
    if (!original || !rows) continue;
    if (!taken(most, rows, log)) return;
    original.rows = rows;
  }
}

function taken(most: { left: number }, rows: Rows, log: Log): boolean {
  most.left -= rows.length;
  if (most.left >= 0) return true;
  log.cut = true;
  // That line is left out.
  log.lastMs -= 1;
  return false;
}
