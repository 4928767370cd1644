/** `npm run demo`: the acts, one after the other, then a report and one line of JSON. Exit code 0 or 1. */
import { readArguments, type ActName, type Wanted } from './arguments.ts';

/** On two cores with nothing else to do; said before anything is loaded. */
const SECONDS: Readonly<Record<ActName, number>> = {
  drift: 44,
  release: 35,
  worse: 5,
  regression: 22,
  crash: 36,
  environments: 39,
};
const START_SECONDS = 14;

const wanted = readArguments(process.argv.slice(2));
if ('fault' in wanted) {
  console.error(wanted.fault);
  process.exitCode = 1;
} else {
  const minutes = Math.ceil(wanted.acts.reduce((sum, act) => sum + SECONDS[act], START_SECONDS) / 60);
  console.log(`Steward demo: no cloud, no Docker, nothing leaves this machine. 1 virtual minute = 1 s, about ${minutes} minute${minutes === 1 ? '' : 's'}.`); // prettier-ignore
  process.exitCode = await play(wanted);
  // What an interrupted act still waits for must not keep the process alive.
  process.exit();
}

/** What takes long to load is loaded after the first line is on the screen. */
async function play(what: Wanted): Promise<number> {
  const { playAll } = await import('./play.ts');
  return playAll(what);
}
