import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarize } from '../emulator/services/eventGrid/ledger.ts';
import type { ActName, Wanted } from './arguments.ts';
import { closing, jsonLine, type Failure } from './closing.ts';
import { getReady } from './ready.ts';
import type { ActRecord } from './record.ts';
import { writeReport } from './report.ts';
import { NotAsItMust } from './scene.ts';
import { openScreen, type Screen } from './screen.ts';
import { freshSeed } from './seed.ts';
import type { Stack } from './stack.ts';
import { stopping, untilInterrupted, type Stopping } from './stopping.ts';
import { playAct, strayFaults } from './story.ts';

const REPORT = 'demo-report.html';
/** By a shell's custom, 128 and the number of SIGINT. */
const INTERRUPTED = 130;

interface Show {
  readonly acts: readonly ActName[];
  readonly seed: number;
  readonly screen: Screen;
  readonly folder: string;
  readonly stops: Stopping;
}

/** Plays the acts and returns the exit code. */
export async function playAll({ acts, seed = freshSeed() }: Wanted): Promise<number> {
  const screen = openScreen((line) => console.log(line));
  const folder = mkdtempSync(join(tmpdir(), 'steward-demo-'));
  const stops = stopping();
  // A report of an earlier run must not be taken for this one's.
  rmSync(REPORT, { force: true });
  try {
    const code = await Promise.race([run({ acts, seed, screen, folder, stops }), untilInterrupted()]);
    if (code === 'interrupted') screen.say('stopping');
    return code === 'interrupted' ? INTERRUPTED : code;
  } finally {
    screen.stop();
    await stops.all();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(show: Show): Promise<number> {
  const { screen, acts } = show;
  const records: ActRecord[] = [];
  let stack: Stack | undefined;
  // What the team's own work raised before anybody subscribed was delivered to nobody.
  let firstEvent = 0;
  let failure: Failure | undefined;
  try {
    const ready = await getReady({ ...show, chain: acts.includes('environments') });
    stack = ready.stack;
    firstEvent = stack.events.records.length;
    for (const name of acts) {
      screen.say('');
      const number = records.length + 1;
      const scene = { ...ready, screen, seed: show.seed, heading: `ACT ${number} ${name.toUpperCase()}`, losesEvent: number === 1 }; // prettier-ignore
      records.push(await playAct(scene, name));
    }
  } catch (error) {
    failure = { act: stack ? acts[records.length] : undefined, sentence: sentenceOf(error) };
  }
  const strays = stack && !failure ? strayFaults(stack) : [];
  if (strays.length > 0) failure = { act: undefined, sentence: strays.join('\n') };
  if (records.length > 0) await writeReport(REPORT, records);
  const lines = closing({ records, failure, summary: summarize(stack?.events.records.slice(firstEvent) ?? []), report: REPORT, log: stack?.host.logs() ?? [] }); // prettier-ignore
  lines.forEach((line) => screen.say(line));
  screen.say(jsonLine(records, failure));
  return failure ? 1 : 0;
}

function sentenceOf(error: unknown): string {
  if (error instanceof NotAsItMust) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
