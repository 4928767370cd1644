import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Endpoint, World } from '../emulator/world.ts';

/** Real milliseconds. */
const TICK_MS = 20;
const LONGEST_CATCH_UP_MS = 100;

/** People who use the model: a steady stream of requests with mails of the live pool, in turn. */
export interface Clients {
  readonly sent: number;
  stop(): Promise<void>;
}

/** `perMinute` virtual; sent in small bursts, since a virtual minute may last a second. */
export function sendRequests(world: World, endpoint: Endpoint, livePath: string, perMinute: number): Clients {
  const mails = readFileSync(livePath, 'utf8').trim().split('\n').map((line) => String(JSON.parse(line).text)); // prettier-ignore
  const agent = new Agent({ keepAlive: true, maxSockets: 32, ca: world.ca.pem });
  const pending = new Set<Promise<void>>();
  const perRealMs = (perMinute * world.clock.factor) / 60_000;
  let sent = 0;
  let owed = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    // What a stalled machine missed is left out: people would not have asked all at once afterwards.
    owed += Math.min(nowMs - lastMs, LONGEST_CATCH_UP_MS) * perRealMs;
    lastMs = nowMs;
    for (; owed >= 1; owed -= 1) {
      const mail = mails[sent % mails.length] ?? '';
      sent += 1;
      const one = ask(`${world.origin}/endpoints/${endpoint.name}/score`, endpoint.keys.primaryKey, mail, agent);
      pending.add(one);
      void one.finally(() => pending.delete(one));
    }
  }, TICK_MS);
  return {
    get sent() {
      return sent;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
    },
  };
}

/** Resolves whatever the answer is: what users met is in the emulator's record of served requests. */
function ask(url: string, key: string, text: string, agent: Agent): Promise<void> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sending = request(url, { method: 'POST', agent, headers, timeout: 30_000 }, (answer) => {
      answer.resume().on('end', resolve).on('error', () => resolve()); // prettier-ignore
    });
    sending.on('error', () => resolve());
    sending.end(JSON.stringify({ mails: [{ text }] }));
  });
}
