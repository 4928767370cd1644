import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { z } from 'zod';
import type { Endpoint, World } from '../emulator/world.ts';

/** Virtual; as many as two cores answer beside everything else without a queue. */
export const REQUESTS_A_MINUTE = 200;

/** Real milliseconds. */
const TICK_MS = 20;
const LONGEST_CATCH_UP_MS = 100;

/** What people can be made to send: all kinds of mails, those that version 1 learned from, or the newer ones. */
export const MAIL_SETS = ['live', 'liveFamiliar', 'liveNewer'] as const;
export type MailSet = (typeof MAIL_SETS)[number];

/** Answers to mails whose label is known, and how many of them were right. */
export interface Right {
  readonly answered: number;
  readonly right: number;
}

/** People who use the model: a steady stream of requests with mails of one set, in turn. */
export interface Clients {
  readonly sent: number;
  /** From now on; undefined: nobody asks anything. */
  send(set: MailSet | undefined): void;
  /** What a deployment answered to mails of a set, as far as it answered 200. */
  right(set: MailSet, deployment: string): Right;
  stop(): Promise<void>;
}

const line = z.object({ text: z.string(), label: z.string() });
type Mail = z.infer<typeof line>;
const answer = z.object({ predictions: z.tuple([z.object({ label: z.string() })]) });

/** `perMinute` virtual; sent in small bursts, since a virtual minute may last a second. */
export function sendRequests(
  world: World,
  endpoint: Endpoint,
  data: Readonly<Record<MailSet, { readonly path: string }>>,
  { perMinute, first }: { readonly perMinute: number; readonly first: MailSet },
): Clients {
  const mails = Object.fromEntries(MAIL_SETS.map((set) => [set, mailsIn(data[set].path)]));
  const agent = new Agent({ keepAlive: true, maxSockets: 32, ca: world.ca.pem });
  const url = `${world.origin}/endpoints/${endpoint.name}/score`;
  const score = scorecard();
  const pending = new Set<Promise<void>>();
  let set: MailSet | undefined = first;
  let sent = 0;
  const sendOne = async (from: MailSet, { text, label }: Mail) => {
    const told = await ask(url, endpoint.keys.primaryKey, text, agent);
    if (told) score.note(from, told.deployment, told.label === label);
  };
  const stop = steadily((perMinute * world.clock.factor) / 60_000, () => {
    if (set === undefined) return;
    const of = mails[set] ?? [];
    const mail = of[sent % of.length];
    if (!mail) return;
    sent += 1;
    const one = sendOne(set, mail);
    pending.add(one);
    void one.finally(() => pending.delete(one));
  });
  return {
    get sent() {
      return sent;
    },
    send: (next) => void (set = next),
    right: score.of,
    async stop() {
      stop();
      await Promise.all(pending);
      agent.destroy();
    },
  };
}

function scorecard() {
  const tally = new Map<string, Right>();
  const of: Clients['right'] = (set, deployment) => tally.get(`${set}|${deployment}`) ?? { answered: 0, right: 0 };
  return {
    of,
    note(set: MailSet, deployment: string, isRight: boolean) {
      const { answered, right } = of(set, deployment);
      tally.set(`${set}|${deployment}`, { answered: answered + 1, right: right + (isRight ? 1 : 0) });
    },
  };
}

/** Calls back so often a real millisecond, until stopped. */
function steadily(perRealMs: number, once: () => void): () => void {
  let owed = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    // What a stalled machine missed is left out: people would not have asked all at once afterwards.
    owed += Math.min(nowMs - lastMs, LONGEST_CATCH_UP_MS) * perRealMs;
    lastMs = nowMs;
    for (; owed >= 1; owed -= 1) once();
  }, TICK_MS);
  return () => clearInterval(timer);
}

function mailsIn(path: string): Mail[] {
  return readFileSync(path, 'utf8').trim().split('\n').map((text) => line.parse(JSON.parse(text))); // prettier-ignore
}

/** Undefined for anything but a good answer: what else users met is in the emulator's record of served requests. */
function ask(url: string, key: string, text: string, agent: Agent): Promise<{ deployment: string; label: string } | undefined> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sending = request(url, { method: 'POST', agent, headers, timeout: 30_000 }, (response) => {
      const deployment = String(response.headers['azureml-model-deployment']);
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk)).on('error', () => resolve(undefined));
      response.on('end', () => {
        if (response.statusCode !== 200) return resolve(undefined);
        const [{ label }] = answer.parse(JSON.parse(body)).predictions;
        return resolve({ deployment, label });
      });
    });
    sending.on('error', () => resolve(undefined));
    sending.end(JSON.stringify({ mails: [{ text }] }));
  });
} // prettier-ignore
