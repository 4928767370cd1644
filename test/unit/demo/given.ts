import type { ActRecord, Drift, Way } from '../../../demo/record.ts';
import type { ClosedRelease } from '../../../demo/steward.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 5, 9, minute));
const iso = (minute: number): string => at(minute).toISOString();

const closed: ClosedRelease = {
  number: 2,
  version: '2',
  end: 'released',
  cause: 'watched',
  at: iso(8),
  sentence: 'It passed.',
  reasons: [
    { rule: 'canary.errors', verdict: 'pass', what: 'errors', unit: 'fraction', challenger: 0.01, champion: 0.02, limit: 2, judged: 'ratio', samples: 100 },
    { rule: 'canary.latency', verdict: 'pass', what: 'latency', unit: 'ms', challenger: 3, champion: 4, measured: 0.75, limit: 1.3, judged: 'ratio' },
  ],
  release: {
    number: 2,
    version: '2',
    startedAt: iso(1),
    phase: 'watching',
    fallback: { version: '1', deployment: 'first' },
    deployment: 'm2-abc',
    gate: {
      verdict: 'pass',
      at: iso(2),
      reasons: [
        {
          rule: 'gate.superior', verdict: 'pass', what: 'accuracy', unit: 'fraction', champion: 0.84, challenger: 0.92, measured: 0.08, limit: 0,
          interval: { low: 0.06, high: 0.1, confidence: 0.9 }, samples: 1000, note: 'champion alone right on 30, challenger alone right on 110',
        },
      ],
    },
    trail: [{ percent: 50, at: iso(3) }, { percent: 100, at: iso(6) }],
  },
}; // prettier-ignore

/** What the act `drift` tells besides. */
export const drift: Drift = {
  familiar: 0.967,
  newer: 0.824,
  after: 0.973,
  regained: 1.042,
  findings: [{ group: 'length', metric_name: 'NormalizedWassersteinDistance', metric_value: 0.5432, threshold_value: 0.35 }],
  telling: { events: 3, lost: 1, doubled: 1, late: 1 },
  training: { number: 1, end: 'succeeded', at: iso(4), job: 'stw-f964f3b865af-t1-a1', pins: [{ input: 'mails', data: 'mails', version: '2' }], computeMinutes: 1.94, version: '2' },
  refused: { at: at(9), reason: 'sameDataAsChampion', sentence: 'The version that serves was trained on mails:2, and there is no newer version.' },
}; // prettier-ignore

/** What the act `environments` tells besides. */
export const way: Way = {
  model: 'mail-guard',
  registeredBy: 'Ann Ames',
  stops: [{ environment: 'dev', closed, items: 3, traffic: { '2': 100 } }, { environment: 'prod', closed, items: 0, traffic: { '2': 100 } }],
  asked: { at: at(2), role: 'ModelRisk' },
  refused: { who: 'Ann Ames', status: 403, why: 'the policy wants four eyes' },
  approved: { who: 'Ben Baker', at: iso(3) },
  hand: { who: 'Cid Cole', at: at(4), live: { '1': 20, '2': 80 }, toldAt: at(5), revertedBy: 'Ben Baker', backAt: at(6) },
}; // prettier-ignore

/** A small act: five minutes, one step before all traffic, one mail. */
export function anAct(change: Partial<ActRecord> = {}): ActRecord {
  return {
    name: 'release', seed: 7, began: at(0), ended: at(9), durationSeconds: 9.04, version: '2', closed, champion: '2', traffic: { '2': 100 },
    events: 5, items: 2, trainings: 1,
    mails: [{ number: 1, at: at(8), operationId: 'o', from: 'a@example.com', to: ['b@example.com'], cc: [], bcc: [], subject: 'v2 released', text: 'A <b>plain</b> text', html: undefined, file: 'x' }],
    passes: [
      { at: iso(1), audit: 1, rules: ['start'], items: ['model|/subscriptions/s/resourceGroups/g/providers/p/workspaces/ml-prod|spam-filter|2'], refused: {} },
      { at: iso(4), audit: 2, rules: ['shift.inconclusive'], items: [], refused: {} },
      { at: iso(5), audit: 3, rules: ['shift.inconclusive'], items: [], refused: {} },
    ],
    splits: [{ at: at(0), versions: { '1': 100 } }, { at: at(3), versions: { '1': 50, '2': 50 } }, { at: at(6), versions: { '2': 100 } }],
    minutes: [
      { at: at(3), versions: { '1': { requests: 50, errors: 1, meanMs: 4 }, '2': { requests: 50, errors: 0, meanMs: 3 } } },
      { at: at(4), versions: { '1': { requests: 50, errors: 1, meanMs: 4 }, '2': { requests: 50, errors: 1, meanMs: 3 } } },
    ],
    puts: [
      { at: at(3), endpoint: 'spam-online', status: 200, generation: '1', split: { first: 50, 'm2-abc': 50 } },
      { at: at(6), endpoint: 'spam-online', status: 200, generation: '2', split: { 'm2-abc': 100 } },
    ],
    ...change,
  }; // prettier-ignore
}
