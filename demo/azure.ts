import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import type { Workspace, World } from '../emulator/world.ts';

const API_VERSION = '2024-10-01';

/** What a data scientist's tools do: plain ARM calls with a token, files into the workspace's blob store. */
export interface Azure {
  get(path: string): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  /** Repeats a GET until `done`; throws with the last answer after `limitMs` real milliseconds. */
  until(path: string, done: (body: Body) => boolean, limitMs?: number): Promise<Body>;
  /** Uploads a file or all files of a folder; returns the place as Azure ML names it. */
  upload(from: string, to: string): Promise<string>;
  readonly id: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Body;
}

export interface Body {
  readonly id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

const POLL_MS = 50;

/** `person`: display name of who is signed in; a program's own identity without. */
export function azureOf(world: World, workspace: Workspace, person?: string): Azure {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const token = world.tokens.issue('https://management.azure.com', person)?.token ?? '';
    const answer = await fetch(
      `${world.origin}${workspace.id}${path}${path.includes('?') ? '&' : '?'}api-version=${API_VERSION}`,
      {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    );
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    id: workspace.id,
    get: (path) => call('GET', path),
    async put(path, body) {
      const answer = await call('PUT', path, body);
      if (answer.status >= 400)
        throw new Error(`PUT ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer;
    },
    async until(path, done, limitMs = 60_000) {
      const giveUp = performance.now() + limitMs;
      for (;;) {
        const { body } = await call('GET', path);
        if (done(body)) return body;
        if (performance.now() > giveUp) throw new Error(`Waited ${limitMs} ms for ${path}: ${JSON.stringify(body)}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    upload: (from, to) => upload(world, workspace, from, to),
  };
}

async function upload(world: World, workspace: Workspace, from: string, to: string): Promise<string> {
  const datastore = workspace.datastores.get('workspaceblobstore');
  const container = BlobServiceClient.fromConnectionString(world.storage.connectionString).getContainerClient(
    String(datastore?.properties['containerName']),
  );
  for (const { path, name } of filesIn(from)) await container.getBlockBlobClient(`${to}${name}`).uploadFile(path);
  return `azureml://datastores/workspaceblobstore/paths/${to}`;
}

function filesIn(from: string): { path: string; name: string }[] {
  try {
    return readdirSync(from, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, name: `/${path.slice(from.length + 1)}` }));
  } catch (error) {
    if (readFileSync(from).length > 0) return [{ path: from, name: '' }];
    throw error;
  }
}
