import { Agent, request } from 'node:http';
import type { Deployment, World } from '../world.ts';

/** What came of asking the model: its own answer, or that it took too long, or that its process is gone. */
export type ModelAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Buffer; readonly contentType: string }
  | { readonly kind: 'timedOut' }
  | { readonly kind: 'gone' };

export interface Question {
  readonly body: Buffer;
  readonly contentType: string;
  /** Real milliseconds, the wait for a free slot included. */
  readonly timeoutMs: number;
  /** How many requests the process works on at a time; more wait in line. */
  readonly slots: number;
}

/** A deployment's running process as the scoring front sees it. */
export interface Instance {
  /** False once its process has ended. */
  readonly alive: boolean;
  /** Requests sent and not yet answered, those that wait for a free slot included. */
  readonly pending: number;
  ask(question: Question): Promise<ModelAnswer>;
  /** Calls back when the process ends, whoever ended it. */
  onExit(ended: () => void): void;
  close(): Promise<void>;
}

const instancesOf = new WeakMap<World, Map<string, Instance>>();

/** The processes of a world by deployment: filled by `deployments.ts`, read by the scoring front. */
export function instances(world: World): Map<string, Instance> {
  const known = instancesOf.get(world) ?? new Map<string, Instance>();
  instancesOf.set(world, known);
  return known;
}

export function instanceKey(deployment: Deployment): string {
  return deployment.id.toLowerCase();
}

export interface InstanceProcess {
  readonly port: number;
  isAlive(): boolean;
  onExit(ended: () => void): void;
  kill(): Promise<void>;
}

export function instanceOf(process: InstanceProcess): Instance {
  const agent = new Agent({ keepAlive: true, scheduling: 'fifo' });
  let pending = 0;
  return {
    get alive() {
      return process.isAlive();
    },
    get pending() {
      return pending;
    },
    async ask(question) {
      agent.maxSockets = question.slots;
      pending += 1;
      try {
        return await post(agent, process.port, question);
      } finally {
        pending -= 1;
      }
    },
    onExit: (ended) => process.onExit(ended),
    async close() {
      agent.destroy();
      await process.kill();
    },
  };
}

async function post(agent: Agent, port: number, { body, contentType, timeoutMs }: Question): Promise<ModelAnswer> {
  return new Promise((resolve) => {
    const headers = { 'content-type': contentType, 'content-length': body.byteLength };
    const sent = request({ agent, host: '127.0.0.1', port, path: '/score', method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => settle({ kind: 'gone' }));
      response.on('end', () =>
        settle({
          kind: 'answered',
          status: response.statusCode ?? 500,
          body: Buffer.concat(chunks),
          contentType: response.headers['content-type'] ?? 'application/json',
        }),
      );
    });
    const limit = setTimeout(() => {
      settle({ kind: 'timedOut' });
      sent.destroy();
    }, timeoutMs);
    const settle = (answer: ModelAnswer) => {
      clearTimeout(limit);
      resolve(answer);
    };
    sent.on('error', () => settle({ kind: 'gone' }));
    sent.end(body);
  });
}
