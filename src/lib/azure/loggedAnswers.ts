import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { digest } from '../core/names.ts';
import { compareAnswers, type AnsweredTwice, type Answers } from '../core/shadow/answers.ts';
import type { Needs } from '../core/step.ts';
import type { LoggedAnswers } from '../ports.ts';
import { openArm, type ArmOptions } from './arm.ts';
import { asking } from './armErrors.ts';
import { contentOf } from './blobContent.ts';
import { collectedDatastore, collectionFiles, type Collection } from './collectedFiles.ts';
import { datastoreProvider, openDatastore, type DatastoreOptions } from './datastoreFiles.ts';
import { linesOf } from './predictions.ts';

/** The first so many copies are compared: a share of them is known to a percent, and what is in memory is bounded. */
const MOST_COPIES = 20_000;
/** Read of each of the four collections. */
const MOST_BYTES = 128 * 1024 ** 2;
/** The collector writes up to 256 KiB of data into a line; what is larger lies in a file of its own and is not compared. */
const LONGEST_LINE_CHARS = 512 * 1024;
/** How long a copy and its original may lie apart. */
const APART_MS = 5 * 60_000;

type Wanted = NonNullable<Needs['answers']>;

/** A line of the collector, as documented. Absent ids: it cannot be said which answer belongs to it. */
const logged = z.object({ time: z.coerce.date(), data: z.unknown(), correlationid: z.string() });

interface Bounds {
  readonly copies: number;
  readonly bytes: number;
}

/**
 * An answer is found by the id that a deployment's collector writes beside input and output of a request. Which of the
 * champion's requests a copy was made of is told by equal inputs: whether a copy keeps the id of its original is unverified.
 */
export function blobLoggedAnswers(
  options: ArmOptions & DatastoreOptions,
  bounds: Bounds = { copies: MOST_COPIES, bytes: MOST_BYTES },
): LoggedAnswers {
  const arm = openArm(options);
  return {
    async compare(workspace, endpoint, wanted) {
      const client = await openDatastore(arm, workspace, collectedDatastore, options);
      return asking(datastoreProvider, `what ${endpoint} answered`, () => compare(client, endpoint, wanted, bounds));
    },
  };
}

async function compare(client: ContainerClient, endpoint: string, wanted: Wanted, bounds: Bounds): Promise<Answers> {
  const log = (deployment: string, collection: string, time: Time) =>
    new Log(client, { endpoint, deployment, collection }, time, bounds.bytes);
  const { champion, challenger, inputs, outputs, from, to } = wanted;
  const time = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  const asked = log(challenger, inputs, time);
  const copies = await copiesIn(asked, bounds.copies);
  const cut = asked.cut || copies.more;
  const answered = log(challenger, outputs, { ...time, toMs: time.toMs + APART_MS });
  const answers = await answersTo(copies.inputs, answered);
  const beside = { fromMs: time.fromMs - APART_MS, toMs: (cut ? copies.lastMs : time.toMs) + APART_MS };
  const original = log(champion, inputs, beside);
  const twice = await originalsOf(answers.byInput, original);
  const theirs = log(champion, outputs, beside);
  const pairs = await pairsOf(twice, theirs);
  const isCut = cut || [answered, original, theirs].some((one) => one.cut);
  return {
    ...compareAnswers(pairs, wanted),
    unmatched: answers.count - pairs.length,
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

/** The lines of one collection in a stretch of time; what is no such line is left out. */
class Log {
  /** There was more than may be read. */
  cut = false;
  readonly #client: ContainerClient;
  readonly #collection: Collection;
  readonly #time: Time;
  #bytes: number;

  constructor(client: ContainerClient, collection: Collection, time: Time, bytes: number) {
    this.#client = client;
    this.#collection = collection;
    this.#time = time;
    this.#bytes = bytes;
  }

  async *lines(): AsyncGenerator<Logged> {
    const { fromMs, toMs } = this.#time;
    const time = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    for await (const { name, bytes } of collectionFiles(this.#client, this.#collection, time)) {
      const read = Math.min(bytes, this.#bytes);
      this.cut ||= read < bytes;
      if (read === 0) return;
      this.#bytes -= read;
      for await (const line of linesOf(contentOf(this.#client.getBlobClient(name), read, { grows: true }), LONGEST_LINE_CHARS)) {
        const one = lineOf(line);
        if (one && one.atMs >= fromMs && one.atMs < toMs) yield one;
      }
    }
  } // prettier-ignore
}

function lineOf(text: string): Logged | undefined {
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

/** Id -> digest of the input, of the first so many copies. */
async function copiesIn(log: Log, most: number) {
  const inputs = new Map<string, string>();
  let lastMs = 0;
  for await (const { id, atMs, data } of log.lines()) {
    if (inputs.size === most) return { inputs, lastMs, more: true };
    inputs.set(id, digest(data));
    lastMs = Math.max(lastMs, atMs);
  }
  return { inputs, lastMs, more: false };
}

/** Digest of the input -> what the challenger answered, as often as it was asked that. */
async function answersTo(inputs: Map<string, string>, log: Log) {
  const byInput = new Map<string, unknown[]>();
  let count = 0;
  for await (const { id, data } of log.lines()) {
    const input = inputs.get(id);
    if (input === undefined) continue;
    inputs.delete(id);
    const same = byInput.get(input);
    if (same) same.push(data);
    else byInput.set(input, [data]);
    count += 1;
  }
  return { byInput, count };
}

/** Id of the champion's request -> what the challenger answered to the same; each answer once. */
async function originalsOf(byInput: Map<string, unknown[]>, log: Log): Promise<Map<string, unknown>> {
  const twice = new Map<string, unknown>();
  for await (const { id, data } of log.lines()) {
    const answers = byInput.get(digest(data));
    if (answers && answers.length > 0 && !twice.has(id)) twice.set(id, answers.pop());
  }
  return twice;
}

async function pairsOf(twice: Map<string, unknown>, log: Log): Promise<AnsweredTwice[]> {
  const pairs: AnsweredTwice[] = [];
  for await (const { id, data } of log.lines()) {
    if (!twice.has(id)) continue;
    pairs.push({ champion: data, challenger: twice.get(id) });
    twice.delete(id);
  }
  return pairs;
}
