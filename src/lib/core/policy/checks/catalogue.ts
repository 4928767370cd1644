/**
 * What `policy check` looks for beyond single keys. Codes are stable: they stand in scripts and in people's heads, so one that is
 * given up is never given out again. Each has its paragraph in docs/policy-checks.md.
 *
 * A `fault` is what cannot be meant: a demand that nothing can fail or nothing can meet. It refuses a file, but nothing that
 * was published before: what is in force stays readable. A `warning` is what may be meant and mostly is not.
 */
export const CHECKS = {
  gateMissing: { code: 'SW101', name: 'gate-missing', severity: 'warning' },
  boundCannotFail: { code: 'SW102', name: 'bound-cannot-fail', severity: 'fault' },
  boundCannotPass: { code: 'SW103', name: 'bound-cannot-pass', severity: 'fault' },
  boundOfChance: { code: 'SW104', name: 'bound-of-chance', severity: 'warning' },
  marginCannotFail: { code: 'SW105', name: 'margin-cannot-fail', severity: 'fault' },
  marginCannotPass: { code: 'SW106', name: 'margin-cannot-pass', severity: 'fault' },
  marginWide: { code: 'SW107', name: 'margin-wide', severity: 'warning' },
  wrongDirection: { code: 'SW108', name: 'wrong-direction', severity: 'fault' },
  metricMisspelt: { code: 'SW109', name: 'metric-misspelt', severity: 'warning' },
  guardrailRepeatsPrimary: { code: 'SW110', name: 'guardrail-repeats-primary', severity: 'warning' },
  guardrailTwice: { code: 'SW111', name: 'guardrail-twice', severity: 'warning' },
  confidenceTooHigh: { code: 'SW112', name: 'confidence-too-high', severity: 'warning' },
  confidenceLow: { code: 'SW113', name: 'confidence-low', severity: 'warning' },
  slicesNeverJudged: { code: 'SW114', name: 'slices-never-judged', severity: 'fault' },
  gapCannotFail: { code: 'SW115', name: 'gap-cannot-fail', severity: 'fault' },
  undecidedByTrainings: { code: 'SW116', name: 'undecided-by-trainings', severity: 'warning' },
  demandNeverMet: { code: 'SW117', name: 'demand-never-met', severity: 'fault' },
  trainingsNeverMeet: { code: 'SW118', name: 'trainings-never-meet', severity: 'warning' },
  percentForFraction: { code: 'SW119', name: 'percent-for-fraction', severity: 'warning' },
  boundOnGoodSide: { code: 'SW120', name: 'bound-on-the-good-side', severity: 'warning' },
  comparisonUndecided: { code: 'SW121', name: 'comparison-undecided', severity: 'warning' },
  marginOfChance: { code: 'SW122', name: 'margin-of-chance', severity: 'warning' },
  slicesNeedRows: { code: 'SW123', name: 'slices-need-rows', severity: 'fault' },
  gapOfNothing: { code: 'SW124', name: 'gap-of-nothing', severity: 'warning' },
  slicesTooSmall: { code: 'SW125', name: 'slices-too-small', severity: 'warning' },
  bakeSeesNothing: { code: 'SW201', name: 'bake-sees-nothing', severity: 'warning' },
  watchSeesNothing: { code: 'SW202', name: 'watch-sees-nothing', severity: 'warning' },
  shadowSeesNothing: { code: 'SW203', name: 'shadow-sees-nothing', severity: 'warning' },
  alwaysRolledBack: { code: 'SW204', name: 'always-rolled-back', severity: 'fault' },
  shadowTooShortToDecide: { code: 'SW205', name: 'shadow-too-short-to-decide', severity: 'warning' },
  deadlineTight: { code: 'SW206', name: 'deadline-tight', severity: 'warning' },
  errorsLax: { code: 'SW207', name: 'errors-lax', severity: 'warning' },
  latencyLax: { code: 'SW208', name: 'latency-lax', severity: 'warning' },
  limitCannotTrip: { code: 'SW209', name: 'limit-cannot-trip', severity: 'fault' },
  limitLax: { code: 'SW210', name: 'limit-lax', severity: 'warning' },
  stepTooSmall: { code: 'SW211', name: 'step-too-small', severity: 'warning' },
  negligibleLax: { code: 'SW212', name: 'negligible-lax', severity: 'warning' },
  falseRollbacksMany: { code: 'SW213', name: 'false-rollbacks-many', severity: 'warning' },
  falseRollbacksTooFew: { code: 'SW214', name: 'false-rollbacks-too-few', severity: 'warning' },
  settleZero: { code: 'SW215', name: 'settle-zero', severity: 'warning' },
  noWayBack: { code: 'SW216', name: 'no-way-back', severity: 'warning' },
  smokeTestWantsError: { code: 'SW217', name: 'smoke-test-wants-error', severity: 'warning' },
  smokeTestCannotBeLate: { code: 'SW218', name: 'smoke-test-cannot-be-late', severity: 'fault' },
  deployDeadlineShort: { code: 'SW219', name: 'deploy-deadline-short', severity: 'warning' },
  logSettlesEarly: { code: 'SW220', name: 'log-settles-early', severity: 'warning' },
  flipsLax: { code: 'SW221', name: 'flips-lax', severity: 'warning' },
  flipsTight: { code: 'SW222', name: 'flips-tight', severity: 'fault' },
  startAfterFinish: { code: 'SW301', name: 'start-after-finish', severity: 'warning' },
  judgedOnTrainingData: { code: 'SW302', name: 'judged-on-training-data', severity: 'warning' },
  cooldownShort: { code: 'SW303', name: 'cooldown-short', severity: 'warning' },
  budgetNeverReached: { code: 'SW304', name: 'budget-never-reached', severity: 'warning' },
  windowLeavesGaps: { code: 'SW305', name: 'window-leaves-gaps', severity: 'warning' },
  scheduleWithinCooldown: { code: 'SW306', name: 'schedule-within-cooldown', severity: 'warning' },
  tooFewApprovers: { code: 'SW401', name: 'too-few-approvers', severity: 'fault' },
  fourEyesBlocks: { code: 'SW402', name: 'four-eyes-blocks', severity: 'warning' },
  approvalShort: { code: 'SW403', name: 'approval-short', severity: 'warning' },
  calendarNeverCloses: { code: 'SW404', name: 'calendar-never-closes', severity: 'warning' },
  nobodyTold: { code: 'SW405', name: 'nobody-told', severity: 'warning' },
  floorHoldsNothing: { code: 'SW501', name: 'floor-holds-nothing', severity: 'warning' },
} as const satisfies Readonly<Record<string, Check>>;

export interface Check {
  readonly code: string;
  readonly name: string;
  readonly severity: 'fault' | 'warning';
}

export type CheckId = keyof typeof CHECKS;

/** What one of them found: `section` and the keys below it. */
export interface Doubt {
  readonly check: CheckId;
  readonly section: string;
  readonly keys: readonly PropertyKey[];
  readonly message: string;
}

/** `docs/policy-checks.md#sw102-bound-cannot-fail` */
export function pageOf({ code, name }: Check): string {
  return `docs/policy-checks.md#${code.toLowerCase()}-${name}`;
}
