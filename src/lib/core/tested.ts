/** A job of the challenger's batch deployment on known data. */
export interface Tested {
  readonly attempt: number;
  readonly askedAt: string;
  /** Its name, once the service has said it. */
  readonly job?: string;
  /** `name:version` of the data that it was given. */
  readonly data?: string;
  /** Where it was told to write. */
  readonly place?: string;
  /** When it was seen to be completed. */
  readonly endedAt?: string;
  /** What it left: files with content, and rows where they had to be counted. */
  readonly files?: number;
  readonly rows?: number;
}
