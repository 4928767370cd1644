import { bar, count, hhmm, milliseconds, percent } from './figures.ts';
import { whereIn, type Scene } from './scene.ts';
import type { ClosedRelease, Reason, Release, Status } from './steward.ts';
import { answersOf, servedBy } from './witness.ts';

/** Tells what is new in each look at the status, once. Figures about traffic are the emulator's own count. */
export function narrator(scene: Scene, version: string): (status: Status, closed?: ClosedRelease) => void {
  const { stack, screen, at: place } = scene;
  const where = whereIn(scene);
  const said = new Set<string>();
  const once = (fact: string, at: string, text: () => string) => {
    if (said.has(fact)) return;
    said.add(fact);
    screen.say(`  ${hhmm(at)} ${where}${text()}`);
  };
  const beside = ({ deployment = '', fallback }: Release, from: string, to: string) => {
    const of = (name: string) => answersOf(servedBy(stack.world, place), name, new Date(from), new Date(to));
    return { mine: of(deployment), theirs: of(fallback?.deployment ?? '') };
  };
  return (status, closed) => {
    const release = closed?.release ?? (status.release?.version === version ? status.release : undefined);
    if (!release) return;
    const champion = `v${release.fallback?.version ?? '?'}`;
    const challenger = `v${version}`;
    const { gate, trail, rollback } = release;
    if (gate) once('gate', gate.at, () => gateLine(gate.verdict, gate.reasons, challenger, champion));
    trail.forEach((step, i) => {
      once(`step ${step.percent}`, step.at, () => stepLine(step.percent, challenger));
      const until = trail[i + 1]?.at ?? (closed?.end === 'released' ? closed.at : undefined);
      if (until === undefined) return;
      const { mine, theirs } = beside(release, step.at, until);
      if (mine.requests === 0) return;
      const other = theirs.requests > 0 ? `; ${champion} ${answered(theirs)}` : '';
      once(`healthy ${step.percent}`, until, () => `      healthy  ${challenger} ${answered(mine)}${other}`);
    });
    if (rollback) {
      const { decidedAt, restoredAt } = rollback;
      const { mine, theirs } = beside(release, trail[0]?.at ?? release.startedAt, decidedAt);
      once('harm', decidedAt, () => `      failing  ${challenger} ${answered(mine)}; ${champion} ${answered(theirs)}`);
      if (restoredAt)
        once('restored', restoredAt, () => `rolled back: ${champion} takes all traffic, read back from Azure`);
    }
  };
}

function stepLine(share: number, challenger: string): string {
  return `${String(share).padStart(3)} % [${bar(share)}]  to ${challenger}, read back from Azure`;
}

function answered({ requests, errors, meanMs }: ReturnType<typeof answersOf>): string {
  const failed = errors === 0 ? '0 failed' : `${count(errors)} failed (${percent(errors / requests)})`;
  return `${count(requests)} requests, ${failed}, ${milliseconds(meanMs)}`;
}

function gateLine(verdict: string, reasons: readonly Reason[], challenger: string, champion: string): string {
  const first = reasons.find(({ challenger: own, champion: other }) => own !== undefined && other !== undefined);
  const name = (text: string) =>
    text.replaceAll(/(the )?challenger/g, challenger).replaceAll(/(the )?champion/g, champion);
  const { what = '', champion: from = 0, challenger: to = 0, samples = 0, note = '' } = first ?? {};
  const figures = `${what} ${percent(from)} -> ${percent(to)} on the same ${count(samples)} mails`;
  return `gate ${verdict.toUpperCase()}  ${figures}  (${name(note)})`;
}
