/** The platform team's file: which workspaces exist, how people and systems are reached, what no policy may weaken. */
export interface Estate {
  /** By the name policies use. The list is also the allow-list: events of other workspaces are refused. */
  readonly workspaces: Readonly<Record<string, EstateWorkspace>>;
  readonly channels: Readonly<Record<string, EstateChannel>>;
  readonly calendars: Readonly<Record<string, EstateCalendar>>;
  /** Role -> members, as the identity provider names them. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Soft caps by name of the compute: jobs of Steward that may wait or run on it at once. */
  readonly computes: Readonly<Record<string, { readonly jobs: number }>>;
  /** By environment. */
  readonly floor: Readonly<Record<string, EstateFloor>>;
}

export interface EstateWorkspace {
  /** `/subscriptions/.../resourceGroups/.../providers/Microsoft.MachineLearningServices/workspaces/...` */
  readonly id: string;
  readonly environment: string;
}

/** Secrets are never in the file: `SettingReference` names the app setting that holds the value. */
export type EstateChannel =
  | { readonly kind: 'email'; readonly to: readonly string[] }
  | { readonly kind: 'eventGrid'; readonly endpoint: string; readonly key?: SettingReference }
  /** `repository`: owner/name. `api`: of GitHub Enterprise Server; else github.com's. */
  | { readonly kind: 'github'; readonly repository: string; readonly token: SettingReference; readonly api?: string }
  | { readonly kind: 'webhook'; readonly url: string | SettingReference; readonly secret?: SettingReference };

export interface SettingReference {
  readonly setting: string;
}

export interface EstateCalendar {
  readonly timeZone: string;
  /** Local times in the calendar's zone, `from` included, `to` excluded. */
  readonly closed: readonly { readonly from: string; readonly to: string }[];
}

/** Fractions for confidence, percent for the step; absent means no floor. */
export interface EstateFloor {
  readonly minConfidence?: number;
  readonly maxFirstStepPercent?: number;
  readonly minBakeMs?: number;
  readonly minWatchMs?: number;
  readonly minKeepPreviousMs?: number;
}
