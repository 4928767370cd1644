import type { Notice, NoticeKind } from '../../../../src/lib/core/notice.ts';
import type { Breach, Cause } from '../../../../src/lib/core/training/state.ts';
import type { Reason } from '../../../../src/lib/core/verdict.ts';

/** One notice of each kind, as the stages write them. */

const common = {
  environment: 'prod',
  model: 'spam-filter',
  at: '2026-12-04T03:16:00.000Z',
  release: 7,
  version: '7',
  champion: '6',
  policy: '3fa9c0de11',
  audit: 812,
} as const;

export const worseAccuracy: Reason = {
  rule: 'gate.superior', verdict: 'fail', what: 'accuracy', unit: 'fraction', champion: 0.982, challenger: 0.709,
  measured: -0.273, limit: 0, interval: { low: -0.303, high: -0.243, confidence: 0.9 }, samples: 1000,
  note: 'champion alone right on 291, challenger alone right on 18; the challenger is right less often than always answering "ham" (swapped labels?)',
}; // prettier-ignore

export const moreErrors: Reason = {
  rule: 'canary.errors', verdict: 'fail', what: 'errors', unit: 'fraction', challenger: 13 / 300, champion: 24 / 2700,
  measured: 4.875, limit: 2, judged: 'ratio', samples: 300, championSamples: 2700,
  window: { from: '2026-12-04T03:05:20.000Z', to: '2026-12-04T03:11:00.000Z' },
}; // prettier-ignore

export const slower: Reason = {
  rule: 'canary.latency', verdict: 'pass', what: 'latency', unit: 'ms', challenger: 61.4, champion: 58.2,
  measured: 1.055, limit: 1.3, judged: 'ratio', samples: 240, championSamples: 2200,
  window: { from: '2026-12-04T03:05:20.000Z', to: '2026-12-04T03:11:00.000Z' },
}; // prettier-ignore

export const drifted: Breach = {
  signal: 'spam_drift', kind: 'drift', run: 'momo-20261204', at: '2026-12-04T03:00:00.000Z', more: 1,
  features: [
    { feature: 'length', metric: 'PopulationStabilityIndex', value: 0.31415, threshold: 0.2 },
    { feature: 'hour', metric: 'TwoSampleKolmogorovSmirnovTest', value: 1.23e-17, threshold: 0.05, group: 'eu' },
  ],
}; // prettier-ignore

export const broken: Breach = {
  signal: 'spam_quality', kind: 'quality', run: 'momo-20261204', at: '2026-12-04T03:00:00.000Z', more: 0,
  features: [
    { feature: 'sender', metric: 'NullValueRate', value: 0.34, threshold: 0.05 },
    { feature: 'length', metric: 'OutOfBoundsRate', value: 0.12, threshold: 0.01 },
  ],
}; // prettier-ignore

export const monitored: Cause = {
  kind: 'monitor', id: 'monitor|momo-20261204', at: '2026-12-04T03:00:00.000Z', monitor: 'spam-monitor', run: 'momo-20261204', breaches: [drifted],
}; // prettier-ignore

const newData: Cause = { kind: 'newData', id: 'newData|mails|15', at: '2026-12-04T03:10:00.000Z', data: 'mails', version: '15' }; // prettier-ignore

const training = { causes: [monitored, newData], more: 0 };
const job = {
  ...training, number: 3, job: 'stw-4f2a6b8c0d1e-t3-a1', attempts: 1, commit: '9c1e2b7f00aa11bb22cc33dd44ee55ff66778899',
  pins: [{ input: 'training_data', data: 'mails', version: '15' }, { input: 'vocabulary', data: 'words', version: '2' }],
}; // prettier-ignore

const live = { 'm7-0badcafe': 8, 'm6-12345678': 92 };
const expected = { 'm6-12345678': 100 };

const { champion: _, ...first } = common;
const { release: __, version: ___, ...noRelease } = common;

export const notices: Readonly<Record<NoticeKind, Notice>> = {
  released: {
    ...common, id: 'r7-released', kind: 'released', audience: 'inform', at: '2026-12-04T09:54:00.000Z', cause: 'watched',
    sentence: 'It passed the gate, every step and the watch.', data: 'mails-holdout:4', keptUntil: '2026-12-05T09:54:00.000Z',
    reasons: [
      { ...worseAccuracy, verdict: 'pass', champion: 0.932, challenger: 0.982, measured: 0.05, interval: { low: 0.038, high: 0.062, confidence: 0.9 }, note: 'champion alone right on 1, challenger alone right on 51' },
      { ...moreErrors, verdict: 'pass', challenger: 0.008, measured: 0.9, samples: 6000 },
      slower,
    ],
    steps: [
      { percent: 10, at: '2026-12-04T09:22:00.000Z' },
      { percent: 50, at: '2026-12-04T09:33:00.000Z' },
      { percent: 100, at: '2026-12-04T09:44:00.000Z' },
    ],
    harm: { requests: 6620, errors: 53, excess: 0 },
  },
  rejected: {
    ...common, id: 'r3-rejected', kind: 'rejected', audience: 'inform', release: 3, version: '3', champion: '2', cause: 'gate',
    sentence: 'It did not pass the gate.', reasons: [worseAccuracy], data: 'mails-holdout:4',
  },
  rolledBack: {
    ...common, id: 'r7-rolledBack', kind: 'rolledBack', audience: 'inform', cause: 'canary',
    sentence: 'The challenger does worse than the champion on live traffic.', reasons: [{ ...moreErrors, chance: 0.00712, allowed: 0.02 }, slower],
    steps: [{ percent: 10, at: '2026-12-04T03:05:20.000Z' }], harm: { requests: 300, errors: 13, excess: 10, mostCommon: '424' },
    restoredAt: '2026-12-04T03:12:00.000Z', errorsNow: 0.009, keptUntil: '2026-12-05T03:12:00.000Z',
  },
  rollbackNotVerified: {
    ...common, id: 'r7-rollbackNotVerified', kind: 'rollbackNotVerified', audience: 'page', cause: 'canary', endpoint: 'spam-online',
    sentence: 'traffic is not back yet', reasons: [moreErrors], live, expected, harm: { requests: 420, errors: 18, excess: 14 },
  },
  aborted: {
    ...common, id: 'r7-aborted', kind: 'aborted', audience: 'inform', cause: 'archived', sentence: 'Version 7 is archived.', reasons: [],
  },
  decisionNeeded: {
    ...first, id: 'r1-decisionNeeded', kind: 'decisionNeeded', audience: 'decide', release: 1, version: '1', data: 'mails-holdout:4',
    sentence: 'It is the first version: there is no champion to compare with, and the policy sets no bound on its metric.',
    reasons: [{ rule: 'gate.nothingToJudge', verdict: 'inconclusive', what: 'accuracy', unit: 'plain', note: 'There is no champion to compare with and the policy sets no bound on this metric.' }],
    deadline: '2026-12-11T03:16:00.000Z',
    steps: [{ percent: 10, at: '2026-12-04T03:16:00.000Z' }, { percent: 100, at: '2026-12-04T03:26:00.000Z' }],
  },
  approvalNeeded: {
    ...common, id: 'r7-approvalNeeded', kind: 'approvalNeeded', audience: 'decide', data: 'mails-holdout:4',
    reasons: [{ ...worseAccuracy, verdict: 'pass', champion: 0.932, challenger: 0.982, measured: 0.05, interval: { low: 0.038, high: 0.062, confidence: 0.9 }, note: 'champion alone right on 1, challenger alone right on 51' }],
    deadline: '2026-12-06T03:16:00.000Z',
    steps: [{ percent: 10, at: '2026-12-04T03:16:00.000Z' }, { percent: 50, at: '2026-12-04T03:26:00.000Z' }, { percent: 100, at: '2026-12-04T03:36:00.000Z' }],
    origin: { from: { environment: 'test', version: '7' }, job: 'stw-4f2a6b8c0d1e-t3-a1', training: 3, causes: [monitored], more: 0 },
    approval: {
      role: 'ModelRisk', count: 2, given: [], evidence: '0123456789abcdef', fourEyes: true, startedBy: [], onTimeout: 'reject',
      doneAt: '2026-12-04T05:36:00.000Z', freeze: { calendar: 'bank-changes', from: '2026-12-18T17:00:00.000Z' },
    },
  },
  approvalOverdue: {
    ...common, id: 'r7-approvalOverdue', kind: 'approvalOverdue', audience: 'decide', reasons: [], deadline: '2026-12-04T03:16:00.000Z',
    sentence: '1 of 2 of ModelRisk approved it within 48h.',
    approval: {
      role: 'ModelRisk', count: 2, given: [{ actor: 'kim@example.com', at: '2026-12-03T09:00:00.000Z' }], evidence: '0123456789abcdef', fourEyes: true,
      startedBy: ['ada@example.com'], onTimeout: 'hold',
    },
  },
  approvalVoid: {
    ...common, id: 'r7-approvalVoid', kind: 'approvalVoid', audience: 'decide', reasons: [],
    sentence: 'It is judged and asked for anew, because its files are no longer those that were judged.',
    approval: {
      role: 'ModelRisk', count: 2, given: [{ actor: 'kim@example.com', at: '2026-12-04T01:00:00.000Z' }, { actor: 'ben@example.com', at: '2026-12-04T03:15:00.000Z' }],
      evidence: '0123456789abcdef', fourEyes: true, startedBy: [], onTimeout: 'reject',
    },
  },
  trafficHeld: {
    ...common, id: 'r7-trafficHeld', kind: 'trafficHeld', audience: 'decide', sentence: 'somebody moved the live traffic', reasons: [],
    live: { 'm7-0badcafe': 50, 'm6-12345678': 50 }, expected: { 'm7-0badcafe': 10, 'm6-12345678': 90 },
  },
  superseded: {
    ...common, id: 'r7-superseded', kind: 'superseded', audience: 'inform', cause: 'superseded', reasons: [],
    sentence: 'Version 8 is newer, and the policy lets it take the place of one that is under way.', restoredAt: '2026-12-04T03:12:00.000Z', errorsNow: 0.009,
    steps: [{ percent: 10, at: '2026-12-04T03:05:20.000Z' }], harm: { requests: 300, errors: 2, excess: 0 },
  },
  championUnwell: {
    ...common, id: 'r7-championUnwell', kind: 'championUnwell', audience: 'page', steps: [{ percent: 10, at: '2026-12-04T03:05:20.000Z' }],
    reasons: [
      { ...moreErrors, verdict: 'inconclusive', challenger: 0.1, champion: 0.11, measured: 0.91, note: 'too little to be sure yet' },
      { rule: 'canary.championUnwell', verdict: 'inconclusive', what: 'champion', unit: 'plain', note: 'fails far more often itself than before the release' },
    ],
    harm: { requests: 300, errors: 30, excess: 0 },
  },
  stepUndecided: {
    ...common, id: 'r7-stepUndecided-0', kind: 'stepUndecided', audience: 'decide', steps: [{ percent: 10, at: '2026-12-04T01:05:20.000Z' }],
    reasons: [{ ...moreErrors, verdict: 'inconclusive', challenger: 0.012, measured: 1.3, samples: 420, note: 'too little to be sure yet' }],
    deadline: '2026-12-05T01:05:00.000Z', harm: { requests: 420, errors: 5, excess: 0 },
  },
  shadowUndecided: {
    ...common, id: 'r7-shadowUndecided', kind: 'shadowUndecided', audience: 'decide', sentence: 'Copies of live requests do not decide it yet.',
    reasons: [{ ...moreErrors, verdict: 'inconclusive', challenger: 0, measured: 0, samples: 12, note: 'fewer than 100 requests reached the challenger' }],
    deadline: '2026-12-05T03:00:00.000Z', shadow: { percent: 20, since: '2026-12-03T23:00:00.000Z', judged: 12 },
  },
  bringAsked: {
    ...common, id: 'bring-test-4-12-as-12', kind: 'bringAsked', audience: 'decide', reasons: [], cause: 'test', version: '12',
    bring: { from: '/subscriptions/s/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/ml-test', to: 'ml-prod', as: '12', stewardId: '0123456789abcdef' },
  },
  noRoom: {
    ...common, id: 'r7-noRoom', kind: 'noRoom', audience: 'decide', reasons: [], deadline: '2026-12-04T04:10:00.000Z',
    sentence: 'Another deployment on Standard_DS3_v2 needs 8 cores of standardDSv2Family, and 4 are free. Kept at 0 % for now: m5-0badcafe.',
  },
  stalled: {
    ...common, id: 'stalled-812', kind: 'stalled', audience: 'page', sentence: '1 inbox item set aside (model|ws|spam-filter|7): the version is not a string', reasons: [],
  },
  unreachable: {
    ...common, id: 'unreachable-812', kind: 'unreachable', audience: 'page', cause: 'Azure Monitor', reasons: [],
    sentence: '503: the service is busy', deadline: '2026-12-04T03:01:00.000Z',
  },
  handOverFailed: {
    ...noRelease, id: 'handOver-dev-12-trouble', kind: 'handOverFailed', audience: 'decide', cause: 'dev', version: '12', reasons: [],
    sentence: 'the datastore answered 403 to files at models/spam: this identity may not read there', deadline: '2026-12-05T03:01:00.000Z',
  },
  deletionRefused: {
    ...common, id: 'deletionRefused-m5-12345678', kind: 'deletionRefused', audience: 'inform', cause: 'm5-12345678', reasons: [],
    sentence: '403: the identity may not delete deployments', endpoint: 'spam-online',
  },
  championAdopted: {
    ...common, id: 'adopted-3', kind: 'championAdopted', audience: 'inform', actor: 'kim@example.com', sentence: 'moved by hand during an incident', reasons: [],
    live: { 'm6-12345678': 100 },
  },
  driftFound: {
    ...noRelease, id: 'driftFound-momo-20261204', kind: 'driftFound', audience: 'inform', sentence: 'The policy has no training.', reasons: [],
    training: { causes: [monitored], more: 0 },
  },
  badData: {
    ...noRelease, id: 'badData-momo-20261204', kind: 'badData', audience: 'decide', reasons: [],
    training: { causes: [{ ...monitored, breaches: [broken, drifted] }, newData], more: 0 },
  },
  monitorTrouble: {
    ...noRelease, id: 'monitor-failing-spam-monitor-momo-20261204', kind: 'monitorTrouble', audience: 'decide', cause: 'failing', reasons: [],
    sentence: 'The last 2 runs of monitor spam-monitor failed or were canceled; the newest is momo-20261204 of 2026-12-04T03:00:00.000Z.',
    training: { causes: [], more: 0 },
  },
  trainingStarted: {
    ...noRelease, id: 't3-trainingStarted', kind: 'trainingStarted', audience: 'inform', reasons: [],
    training: { ...job, unpinned: ['raw_mails'] },
  },
  trainingRefused: {
    ...noRelease, id: 'trainingRefused-cooldown', kind: 'trainingRefused', audience: 'inform', reasons: [],
    sentence: 'The last training began 6 h ago, the policy allows one each 24 h.',
    training: { ...training, refusal: 'cooldown', until: '2026-12-04T21:16:00.000Z' },
  },
  trainingStopped: {
    ...noRelease, id: 't3-trainingStopped', kind: 'trainingStopped', audience: 'inform', reasons: [],
    sentence: 'Stopped by kim: the wrong mails', training: { number: 3, job: 'stw-4f2a9c1d77e0-t3-a1', attempts: 1, causes: [], more: 0, computeMinutes: 12 },
  }, // prettier-ignore
  trainingFailed: {
    ...noRelease, id: 't3-trainingFailed', kind: 'trainingFailed', audience: 'decide', cause: 'failed', reasons: [],
    sentence: 'The job failed: ModuleNotFoundError: No module named spam.', training: { ...job, job: 'stw-4f2a6b8c0d1e-t3-a2', attempts: 2, computeMinutes: 74.4 },
  },
  workspaceWithdrawn: {
    ...common, id: 'workspaceWithdrawn-2026', kind: 'workspaceWithdrawn', audience: 'page', reasons: [], endpoint: 'spam-online', live, expected,
    sentence: 'The estate does not know the workspace ml-prod (any more)',
  },
  placeMoved: {
    ...noRelease, id: 'placeMoved-2026', kind: 'placeMoved', audience: 'inform', reasons: [], live: expected,
    sentence: 'Endpoint spam-online of workspace ml-prod is no longer looked after; endpoint spam-v2 of workspace ml-prod is.',
  },
  breakGlass: {
    ...common, id: 'r7-breakGlass', kind: 'breakGlass', audience: 'page', reasons: [], actor: 'ada@example.com', sentence: 'v6 leaks mails', deadline: '2026-12-04T07:16:00.000Z',
    breakGlass: { actor: 'ada@example.com', reason: 'v6 leaks mails', until: '2026-12-04T07:16:00.000Z' },
  },
}; // prettier-ignore
