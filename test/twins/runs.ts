import { Refused } from '../../src/lib/core/errors.ts';
import { countPairs } from '../../src/lib/core/gate/pairs.ts';
import type { Runs } from '../../src/lib/ports.ts';

export interface TwinRun {
  readonly data: string;
  readonly dataVersion: string;
  /** As logged: `champion.accuracy`, `challenger.accuracy`, `n` ... */
  readonly metrics: Readonly<Record<string, number>>;
  /** Lines of the predictions file; absent: the job declares none. */
  readonly predictions?: readonly string[];
}

export interface RunsTwin extends Runs {
  /** `<workspace>|<job>` -> what its run logged. */
  readonly all: Map<string, TwinRun>;
}

/** Completed evaluation runs in memory. */
export function runsTwin(): RunsTwin {
  const all = new Map<string, TwinRun>();
  return {
    all,
    async evidence(workspace, job, names) {
      const run = all.get(`${workspace}|${job}`);
      if (run === undefined) throw new Refused('notFound', 'twin', `no run ${job}`);
      const faults: string[] = [];
      const value = (name: string) => {
        const logged = run.metrics[name];
        if (logged === undefined || Number.isFinite(logged)) return logged;
        faults.push(`metric ${name} is ${logged}, not a number`);
        return undefined;
      };
      const metrics = names.map((name) => {
        const [champion, challenger] = [value(`champion.${name}`), value(`challenger.${name}`)];
        return [name, { ...(champion !== undefined && { champion }), ...(challenger !== undefined && { challenger }) }];
      });
      const n = value('n');
      const pairs = run.predictions && (await countPairs(run.predictions));
      faults.push(...(pairs?.faults ?? []));
      if (n !== undefined && pairs?.faults.length === 0 && pairs.rows !== n) {
        faults.push(`the job logged n = ${n}, its predictions hold ${pairs.rows} rows`);
      }
      return {
        job,
        data: run.data,
        dataVersion: run.dataVersion,
        metrics: Object.fromEntries(metrics),
        ...(n !== undefined && { n }),
        ...(pairs?.paired && { paired: pairs.paired }),
        faults,
      };
    },
  };
}
