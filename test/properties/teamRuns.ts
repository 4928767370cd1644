/** Runs that the team starts itself, in the world of a walk: what they are, what they leave, and what became of it. */
import assert from 'node:assert/strict';
import type { TrainingJobFact, TrainingResultFact } from '../../src/lib/core/step.ts';
import type { EndedTraining } from '../../src/lib/core/training/state.ts';

/** What a run leaves, or what makes it one of which nothing may follow. */
export type Left = 'output' | 'version' | 'nothing' | 'failed' | 'otherTag' | 'goesOn' | 'absent';
const TRAINED = new Set<Left>(['output', 'version', 'nothing']);

interface TeamRun {
  readonly left: Left;
  version?: string;
}

export class TeamRuns {
  readonly all = new Map<string, TeamRun>();
  readonly #nextVersion: () => string;

  constructor(nextVersion: () => string) {
    this.#nextVersion = nextVersion;
  }

  /** A run ends now; its name. */
  end(left: Left): string {
    const run = `team-${this.all.size}`;
    this.all.set(run, { left, ...(left === 'version' ? { version: this.#nextVersion() } : {}) });
    return run;
  }

  get registered(): number {
    return [...this.all.values()].filter(({ left, version }) => left === 'output' && version !== undefined).length;
  }

  /** Undefined: no run of the team's. */
  job(name: string): TrainingJobFact | 'absent' | undefined {
    const left = this.all.get(name)?.left;
    if (left === undefined || left === 'absent') return left;
    const state = left === 'failed' ? left : left === 'goesOn' ? 'running' : 'completed';
    return { name, state, template: left === 'otherTag' ? 'evaluate-spam' : 'train-spam', computeMinutes: 5 };
  }

  result(job: string): TrainingResultFact | undefined {
    const run = this.all.get(job);
    if (!run || run.version !== undefined) return run?.version === undefined ? undefined : { version: run.version };
    return run.left === 'output' ? { output: { uri: job, type: 'custom_model' }, nextVersion: '0' } : {};
  }

  register(job: string): void {
    const run = this.all.get(job);
    assert.equal(run?.left, 'output', `registered what ${run?.left ?? 'nobody'} left`);
    assert.equal(run?.version, undefined, 'registered twice');
    this.all.set(job, { left: 'output', version: this.#nextVersion() });
  }

  /** Nothing that was told is lost without a word, and nothing is entered that was no training. */
  check(rules: ReadonlySet<string>, ledger: readonly EndedTraining[]): void {
    for (const [run, { left, version }] of this.all) {
      const read = rules.has(`outside.noted ${run}`) && !rules.has(`outside.beyond ${run}`);
      const entered = ledger.some(({ job }) => job === run);
      if (read) assert.equal(entered, TRAINED.has(left), `${run}, ${left}`);
      if (left === 'output' && version !== undefined) assert.ok(entered, `${run} was registered and not entered`);
    }
  }
}
