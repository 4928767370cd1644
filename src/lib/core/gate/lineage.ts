/**
 * What the workspace says of how a version came to be. Tags and names in it are whatever somebody wrote: whoever shows
 * them caps them.
 */
export interface Lineage {
  readonly tags: Readonly<Record<string, string>>;
  /** The root job that the version names; absent: it was registered by hand, or no demand asks for it. */
  readonly job?: {
    readonly name: string;
    /** Absent: the workspace has no such job (any more). */
    readonly told?: JobTold;
    /** The root job of the run in whose outputs the files lie, where that is another one. */
    readonly leftBy?: string;
  };
  /** Of the reports that were asked for, by name. */
  readonly reports?: Readonly<Record<string, ReportFact>>;
}

export interface JobTold {
  readonly commit?: string;
  /** Absent: the job does not say, or says it in words that we do not know. */
  readonly tree?: 'clean' | 'dirty';
  /** Every input that is data, of steps as well. */
  readonly data: readonly GivenData[];
  /** Of the job, or of each of its steps. */
  readonly environments: readonly GivenEnvironment[];
}

export interface GivenData {
  readonly input: string;
  /** As the job names it. */
  readonly uri: string;
  /** `name:version`; absent: it is a path, or whatever is newest. */
  readonly version?: string;
  /** Where it was asked for: the tag `steward.validated` of that version, empty where it has none. Absent: nobody can read it. */
  readonly validated?: string;
}

export interface GivenEnvironment {
  /** The step that runs in it; absent: the job itself. */
  readonly step?: string;
  /** `name:version`, or an address with a version; absent: the newest one, or nobody can tell: `why`. */
  readonly version?: string;
  readonly why?: string;
}

/** `files`: those with content, of the first of the jobs that has any. */
export interface ReportFact {
  readonly job?: string;
  readonly files: number;
  readonly fault?: string;
}

/** What is asked for of a version's lineage. */
export interface LineageNeeds {
  readonly version: string;
  readonly demands: readonly string[];
  /** The job that evaluated it, where one did: reports may be its. */
  readonly evaluation?: string;
}

const REPORT = 'report:';
export const TAG = 'tag:';

export function reportsIn(demands: readonly string[]): readonly string[] {
  return demands.flatMap((demand) => (demand.startsWith(REPORT) ? [demand.slice(REPORT.length)] : []));
}
