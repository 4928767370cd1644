import type { Evidence, Measured, MeasuringRun } from './evidence.ts';

/** The data asset at the version that both must have been measured on. */
interface Pinned {
  readonly data: string;
  readonly dataVersion: string;
}

/**
 * Makes evidence of what trainings measured of their own versions. They count only where each names the pinned data and
 * the same number of rows: nothing else shows that champion and challenger were measured alike.
 */
export function evidenceOfTrainings(
  { data, dataVersion }: Pinned,
  wanted: readonly string[],
  { champion, challenger }: { readonly champion?: Measured; readonly challenger: Measured },
): Evidence {
  const mark = `${data}:${dataVersion}`;
  const mine = measuredBy(challenger, mark, wanted);
  const theirs = champion && measuredBy(champion, mark, wanted);
  const { n } = mine;
  const differ = theirs?.n !== undefined && n !== undefined && theirs.n !== n;
  const alike =
    !theirs ||
    (theirs.classes?.positive === mine.classes?.positive && theirs.classes?.negative === mine.classes?.negative);
  const otherwise = !alike && theirs.classes !== undefined && mine.classes !== undefined;
  const metrics = wanted.map((name) => {
    const [own, other] = [mine.metrics[name], theirs?.metrics[name]];
    return [name, { ...(other !== undefined && { champion: other }), ...(own !== undefined && { challenger: own }) }];
  });
  return {
    data,
    dataVersion,
    ...(challenger.job !== undefined && { job: challenger.job }),
    metrics: Object.fromEntries(metrics),
    ...(n !== undefined && !differ && { n }),
    ...(mine.classes && !differ && alike && { classes: mine.classes }),
    faults: [
      ...mine.faults,
      ...(theirs?.faults ?? []),
      ...(otherwise
        ? [
            `version ${challenger.version} and version ${champion?.version} were evaluated on other numbers of positive and negative rows`,
          ]
        : []),
      ...(differ
        ? [`version ${challenger.version} was evaluated on ${n} rows, version ${champion?.version} on ${theirs.n}`]
        : []),
    ],
  };
}

interface Found extends Pick<MeasuringRun, 'metrics' | 'n' | 'classes'> {
  readonly faults: readonly string[];
}

function measuredBy({ version, job, runs }: Measured, mark: string, wanted: readonly string[]): Found {
  const nothing = (fault: string): Found => ({ metrics: {}, faults: [`version ${version} ${fault}`] });
  if (job === undefined) return nothing('was registered without a training job, so no run says how good it is');
  const [run, ...others] = runs;
  if (run === undefined) {
    const asked = `expected the tag or parameter steward.evaluated=${mark}`;
    return nothing(`came from job ${job}, of which no run says what it was evaluated on (${asked})`);
  }
  if (others.length > 0)
    return nothing(`came from job ${job}, of which more than one run says what it was evaluated on (${names(runs)})`);
  if (run.evaluated !== mark)
    return nothing(`was evaluated on ${run.evaluated} (run ${run.run}), expected the newest version, ${mark}`);
  const missing = ['n', ...wanted].filter((name) => (name === 'n' ? run.n : run.metrics[name]) === undefined);
  return {
    metrics: run.metrics,
    ...(run.n !== undefined && { n: run.n }),
    ...(run.classes && { classes: run.classes }),
    faults: missing.map((name) => `version ${version} has no finite metric ${name} (run ${run.run})`),
  };
}

function names(runs: readonly MeasuringRun[]): string {
  return runs.map(({ run }) => run).join(', ');
}
