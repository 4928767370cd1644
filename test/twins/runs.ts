import { Refused } from '../../src/lib/core/errors.ts';
import { countPairs } from '../../src/lib/core/gate/pairs.ts';
import type { Measured } from '../../src/lib/core/gate/evidence.ts';
import type { Runs } from '../../src/lib/ports.ts';

export interface TwinRun {
  readonly data: string;
  readonly dataVersion: string;
  /** As logged: `champion.accuracy`, `challenger.accuracy`, `n` ... */
  readonly metrics: Readonly<Record<string, number>>;
  /** Lines of the predictions file; absent: the job declares none. */
  readonly predictions?: readonly string[];
  /** Name of the output that they are; `predictions` by default. */
  readonly output?: string;
}

export interface RunsTwin extends Runs {
  /** `<workspace>|<job>` -> what its run logged. */
  readonly all: Map<string, TwinRun>;
  /** `<workspace>|<model>|<version>` -> what its training logged of it. */
  readonly trained: Map<string, Omit<Measured, 'version'>>;
}

/** Completed evaluation runs in memory. */
export function runsTwin(): RunsTwin {
  const all = new Map<string, TwinRun>();
  const trained: RunsTwin['trained'] = new Map();
  return {
    all,
    trained,
    async measured(workspace, model, version, names) {
      const found = trained.get(`${workspace}|${model}|${version}`);
      if (found === undefined) throw new Refused('notFound', 'twin', `no version ${version} of ${model}`);
      const runs = found.runs.map(({ metrics, ...run }) => ({
        ...run,
        metrics: Object.fromEntries(
          Object.entries(metrics).filter(([name, value]) => names.includes(name) && Number.isFinite(value)),
        ),
      }));
      return { version, ...found, runs };
    },
    async evidence(workspace, job, names, output = 'predictions', how = {}) {
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
      const [positive, negative] = [value('n_positive'), value('n_negative')];
      const declared = (run.output ?? 'predictions') === output ? run.predictions : undefined;
      const pairs = declared && (await countPairs(declared, { metrics: names, ...how }));
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
        ...(positive !== undefined && negative !== undefined && { classes: { positive, negative } }),
        ...(pairs?.paired && { paired: pairs.paired }),
        ...(pairs?.compared && { compared: pairs.compared }),
        ...(pairs?.slices && { slices: pairs.slices }),
        faults,
      };
    },
  };
}
