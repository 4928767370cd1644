/** `npm start`: the same stack as the demo's, without the acts, until Ctrl-C. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopping, untilInterrupted } from './stopping.ts';

/** Beside those of the spam filter: enough to judge a step by. */
const GUARDED_A_MINUTE = 50;

console.log('Steward on this machine: no cloud, no Docker. 1 virtual minute = 1 s. Ctrl-C ends it.');
process.exitCode = await stay();
process.exit();

/** What takes long to load is loaded after the first line is on the screen. */
async function stay(): Promise<number> {
  const { getReady } = await import('./ready.ts');
  const { usersOf } = await import('./chain.ts');
  const { openScreen } = await import('./screen.ts');
  const { invitation } = await import('./invitation.ts');
  const screen = openScreen((line) => console.log(line));
  const folder = mkdtempSync(join(tmpdir(), 'steward-start-'));
  const stops = stopping();
  const interrupted = untilInterrupted();
  try {
    const ready = await Promise.race([getReady({ screen, folder, stops, chain: true }), interrupted]);
    if (ready === 'interrupted') return 130;
    if (ready.chain) {
      const users = usersOf(ready.chain, ready.stack, ready.team.data, GUARDED_A_MINUTE);
      stops.add(() => users.stop());
    }
    const lines = await Promise.race([invitation(ready), interrupted]);
    if (lines === 'interrupted') return 130;
    lines.forEach((line) => screen.say(line));
    screen.stop();
    await interrupted;
    console.log('\nstopping');
    return 0;
  } catch (error) {
    console.error(`It cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  } finally {
    screen.stop();
    await stops.all();
    rmSync(folder, { recursive: true, force: true });
  }
}
