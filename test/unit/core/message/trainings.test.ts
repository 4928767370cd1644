import { expect, test } from 'vitest';
import { mailOf } from '../../../../src/lib/core/message.ts';
import type { Notice } from '../../../../src/lib/core/notice.ts';
import { REFUSALS } from '../../../../src/lib/core/training/state.ts';
import { broken, monitored, notices } from './notices.ts';

const write = (notice: Notice) => mailOf(notice, { baseUrl: 'https://steward.example.net' });

function read(notice: Notice): string {
  const { subject, text } = write(notice);
  return `Subject: ${subject}\n\n${text}`;
}

test('drift found', () =>
  expect(read(notices.driftFound)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: drift on 3 features, nothing is trained (the policy has no training)

  Found: drift on 3 features. Nothing is trained. v6 keeps serving.

  Why: The policy has no training.

  What was measured:
  - drift on 3 features: monitor spam-monitor, run momo-20261204 of 03:00 UTC
    spam_drift, length: PopulationStabilityIndex 0.3142, allowed at most 0.2
    spam_drift, hour: TwoSampleKolmogorovSmirnovTest 1.2E-17, required at least 0.05, group eu
    spam_drift: and 1 more

  What to do:
  - Train by yourself: a version that you register goes the way of every version (evaluation, gate, canary).
  - Or let Steward train from now on. In the policy:
    training: {from: champion, when: {drift: {monitor: NAME}}}

  Status: https://steward.example.net/api/models/prod/spam-filter
  spam-filter/prod · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('a monitor that keeps failing', () =>
  expect(read(notices.monitorTrouble)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: the monitor keeps failing

  v6 keeps serving. Until a run of it completes, neither drift nor broken data is found.

  Why: The last 2 runs of monitor spam-monitor failed or were canceled; the newest is momo-20261204 of 2026-12-04T03:00:00.000Z.

  What to do:
  - Read the log of its newest run (Azure ML studio, Jobs, Outputs + logs) and mend the cause: most often a datastore without credentials, or nothing was asked in the window. Steward needs no word of it.

  Status: https://steward.example.net/api/models/prod/spam-filter
  spam-filter/prod · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test.each([
  ['none', 'no monitor watches the endpoint', 'target is this endpoint'],
  ['several', 'several monitors watch the endpoint, and none counts', 'monitor: NAME'],
  ['strange', 'its run is not known as the monitor’s', 'retrain'],
])('trouble with a monitor: %s', (cause, subject, toDo) => {
  const mail = write({ ...notices.monitorTrouble, cause });
  expect(mail.subject).toContain(subject);
  expect(mail.text).toContain(toDo);
});
test('bad data', () =>
  expect(read(notices.badData)).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: training held: the data is broken, not the world

    Training is held: the monitor found broken data in 2 features, and a model would learn the fault. v6 keeps serving.

    What is broken:
    - broken data in 2 features: monitor spam-monitor, run momo-20261204 of 03:00 UTC
      spam_quality, sender: NullValueRate 0.34, allowed at most 0.05
      spam_quality, length: OutOfBoundsRate 0.12, allowed at most 0.01

    What it holds: drift on 3 features and new data mails:15. Nothing of it is lost.
    Ends: by itself, with the next run of monitor spam-monitor that finds no broken data.

    What to do:
    - Mend the data where it comes from. Steward needs no word of it.
    - Train in spite of it (retrain; put in your name and reason):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: badData-momo-20261204-20261204031600-retrain' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY"}' 'https://steward.example.net/api/models/prod/spam-filter/retrain'

    Status: https://steward.example.net/api/models/prod/spam-filter
    spam-filter/prod · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `));
test('training started', () =>
  expect(read(notices.trainingStarted)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: training 3 started: drift on 3 features and new data mails:15

  Training 3 began at 03:16 UTC. v6 keeps serving. Nothing to do.

  Why:
  - drift on 3 features: monitor spam-monitor, run momo-20261204 of 03:00 UTC
    spam_drift, length: PopulationStabilityIndex 0.3142, allowed at most 0.2
    spam_drift, hour: TwoSampleKolmogorovSmirnovTest 1.2E-17, required at least 0.05, group eu
    spam_drift: and 1 more
  - new data mails:15: found at 03:10 UTC

  Job: stw-4f2a6b8c0d1e-t3-a1
  Made from: commit 9c1e2b7, training_data = mails:15, vocabulary = words:2
  Not pinned: raw_mails: named by path, so nobody can say later what the model was trained on.
  Then: its version is evaluated against v6, must pass the gate, and gets live traffic step by step, watched by the canary.

  To stop it:
  - Cancel the job (reject; put in your name and reason):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: t3-trainingStarted-20261204031600-reject' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","training":3}' 'https://steward.example.net/api/models/prod/spam-filter/reject'

  Status: https://steward.example.net/api/models/prod/spam-filter
  Training spam-filter/prod/3 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('an input that is called like its data is named once', () => {
  const training = { ...notices.trainingStarted.training!, pins: [{ input: 'mails', data: 'mails', version: '2' }] };
  expect(write({ ...notices.trainingStarted, training }).text).toContain('Made from: commit 9c1e2b7, mails:2\n');
});
test('training refused', () =>
  expect(read(notices.trainingRefused)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: not trained until 21:16 UTC: cooldown (drift on 3 features and new data mails:15)

  Nothing is trained until 21:16 UTC: cooldown. What asks for it is kept. v6 keeps serving.

  Why: The last training began 6 h ago, the policy allows one each 24 h.

  What asks for it:
  - drift on 3 features: monitor spam-monitor, run momo-20261204 of 03:00 UTC
    spam_drift, length: PopulationStabilityIndex 0.3142, allowed at most 0.2
    spam_drift, hour: TwoSampleKolmogorovSmirnovTest 1.2E-17, required at least 0.05, group eu
    spam_drift: and 1 more
  - new data mails:15: found at 03:10 UTC

  Ends: by itself, at 21:16 UTC. Then it is looked at again.

  What to do:
  - Train in spite of it (retrain; put in your name and reason):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: trainingRefused-cooldown-20261204031600-retrain' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY"}' 'https://steward.example.net/api/models/prod/spam-filter/retrain'

  Status: https://steward.example.net/api/models/prod/spam-filter
  spam-filter/prod · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('training failed', () =>
  expect(read(notices.trainingFailed)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: training 3 failed after 2 attempts: no new version

  Training 3 failed after 2 attempts and is not tried again by itself. v6 keeps serving.

  What failed: The job failed: ModuleNotFoundError: No module named spam.
  Log: Azure ML studio, Jobs, stw-4f2a6b8c0d1e-t3-a2, Outputs + logs.
  Cost: 74 compute minutes.

  Why it was trained:
  - drift on 3 features: monitor spam-monitor, run momo-20261204 of 03:00 UTC
    spam_drift, length: PopulationStabilityIndex 0.3142, allowed at most 0.2
    spam_drift, hour: TwoSampleKolmogorovSmirnovTest 1.2E-17, required at least 0.05, group eu
    spam_drift: and 1 more
  - new data mails:15: found at 03:10 UTC

  Made from: commit 9c1e2b7, training_data = mails:15, vocabulary = words:2

  What to do:
  - Read the log and mend the cause (code, data, environment, quota), then train again (retrain; put in your name and reason):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: t3-trainingFailed-20261204031600-retrain' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY"}' 'https://steward.example.net/api/models/prod/spam-filter/retrain'
  - Or leave it: the next cause starts a training, after the cooldown.

  Status: https://steward.example.net/api/models/prod/spam-filter
  Training spam-filter/prod/3 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('the HTML of a refused training', () =>
  expect(write(notices.trainingRefused).html).toMatchInlineSnapshot(`
  "<!doctype html>
  <html lang="en" style="color-scheme:light dark">
  <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>spam-filter prod: not trained until 21:16 UTC: cooldown (drift on 3 features and new data mails:15)</title></head>
  <body style="margin:0;padding:16px;font-family:system-ui,-apple-system,&#39;Segoe UI&#39;,Roboto,sans-serif;font-size:15px;line-height:1.5">
  <div style="max-width:640px;margin:0 auto">
  <p style="margin:0 0 16px;padding:2px 0 2px 12px;border-left:4px solid #2f8f4e;font-size:17px;font-weight:600">Nothing is trained until 21:16 UTC: cooldown. What asks for it is kept. v6 keeps serving.</p>
  <p style="margin:0 0 10px"><strong>Why:</strong> The last training began 6 h ago, the policy allows one each 24 h.</p>
  <p style="margin:16px 0 4px"><strong>What asks for it:</strong></p>
  <ul style="margin:0 0 14px;padding-left:18px"><li style="margin:0 0 6px;overflow-wrap:anywhere">drift on 3 features: monitor spam-monitor, run momo-20261204 of 03:00 UTC<div style="font-size:13px;opacity:.75;overflow-wrap:anywhere">spam_drift, length: PopulationStabilityIndex 0.3142, allowed at most 0.2</div><div style="font-size:13px;opacity:.75;overflow-wrap:anywhere">spam_drift, hour: TwoSampleKolmogorovSmirnovTest 1.2E-17, required at least 0.05, group eu</div><div style="font-size:13px;opacity:.75;overflow-wrap:anywhere">spam_drift: and 1 more</div></li><li style="margin:0 0 6px;overflow-wrap:anywhere">new data mails:15: found at 03:10 UTC</li></ul>
  <p style="margin:0 0 10px"><strong>Ends:</strong> by itself, at 21:16 UTC. Then it is looked at again.</p>
  <p style="margin:16px 0 4px"><strong>What to do:</strong></p>
  <ul style="margin:0 0 14px;padding-left:18px"><li style="margin:0 0 10px">Train in spite of it (retrain; put in your name and reason):<pre style="margin:4px 0 0;padding:8px 10px;background:rgba(128,128,128,.14);border-radius:6px;font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere">curl -X POST -H &quot;x-functions-key: $STEWARD_KEY&quot; -H &#39;Idempotency-Key: trainingRefused-cooldown-20261204031600-retrain&#39; -H &#39;Content-Type: application/json&#39; -d &#39;{&quot;actor&quot;:&quot;YOU&quot;,&quot;reason&quot;:&quot;WHY&quot;}&#39; &#39;https://steward.example.net/api/models/prod/spam-filter/retrain&#39;</pre></li></ul>

  <p style="margin:20px 0 0"><a href="https://steward.example.net/api/models/prod/spam-filter" style="color:#3b82d6">Status (JSON)</a></p>
  <p style="margin:12px 0 0;padding-top:8px;border-top:1px solid rgba(128,128,128,.35);font-size:13px;opacity:.75">spam-filter/prod · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC</p>
  </div>
  </body>
  </html>
  "
`));

const { champion: _, ...unserved } = notices.trainingFailed;
const { until: __, ...open } = notices.trainingRefused.training!;
const refused = (refusal: (typeof REFUSALS)[number], until = false) =>
  ({ ...notices.trainingRefused, training: { ...open, refusal, ...(until ? { until: '2026-12-06T10:00:00.000Z' } : {}) } }); // prettier-ignore

test.each([
  ['badData', 'not trained: the data is broken', 'with the next run of the monitor that finds no broken data', 'retrain'],
  ['paused', 'not trained: the model is paused', 'with the command resume', 'resume'],
  ['freeze', 'not trained: freeze', 'with the freeze of the calendar', undefined],
  ['oneAtATime', 'not trained: another training is under way', 'when that training has ended', undefined],
  ['cooldown', 'not trained: cooldown', 'when the last training is long enough ago', 'retrain'],
  ['budget', 'not trained: the budget is used up', 'when the oldest training has left the time that the budget counts', undefined],
  ['noSource', 'not trained: there is nothing to train from', 'when there is something', undefined],
  ['sameDataAsChampion', 'not trained: v6 was trained on the same data', 'when there is a newer version of one of the data assets', 'retrain'],
  ['sameDataAsLastRejected', 'not trained: the last version that was turned down had the same data', 'when there is a newer version of one of the data assets', 'retrain'],
  ['computeBusy', 'not trained: the compute is busy', 'when one of Steward’s jobs on it has ended', undefined],
  ['unreachable', 'not trained: Azure does not answer', 'when there is an answer', undefined],
] satisfies [(typeof REFUSALS)[number], string, string, string | undefined][])('a refusal says what it is and what ends it: %s', (refusal, state, ends, command) => {
  const { subject, text } = write(refused(refusal));
  expect(subject).toContain(`: ${state} (`);
  expect(text).toContain(`\nEnds: ${ends}. Then it is looked at again.\n`);
  expect(/api\/models\/prod\/spam-filter\/(\w+)/.exec(text)?.[1]).toBe(command);
  const timed = write(refused(refusal, true));
  expect(timed.subject).toContain('not trained until 6 Dec 10:00 UTC: ');
  expect(timed.text).toContain('\nEnds: by itself, at 6 Dec 10:00 UTC. Then it is looked at again.\n');
}); // prettier-ignore

test('every refusal is in words of its own', () => {
  const subjects = REFUSALS.map((refusal) => write(refused(refusal)).subject);
  expect(new Set(subjects).size).toBe(REFUSALS.length);
});

test('a finding that names nothing still has words', () => {
  const sentence = '2 monitors watch this endpoint (a, b): the policy must name the one that counts.';
  const { subject, text } = write({ ...notices.driftFound, sentence, training: { causes: [], more: 0 } });
  expect(subject).toMatch(/^spam-filter prod: a finding of a monitor, nothing is trained \(2 monitors watch/);
  expect(text).toContain(`\nWhy: ${sentence}\n`);
  expect(text).not.toContain('What was measured');
});

test('broken data that holds nothing yet says so', () => {
  const alone = { ...notices.badData, training: { causes: [{ ...monitored, breaches: [broken] }], more: 0 } };
  expect(write(alone).text).toContain('What it holds: whatever asks for a training until then. Nothing of it is lost.');
});

test('a second attempt says that it is one, and why', () => {
  const again = { ...notices.trainingStarted, training: { ...notices.trainingStarted.training!, attempts: 2 } }; // prettier-ignore
  const { subject, text } = write(again);
  expect(subject).toContain('training 3 started again (attempt 2): drift on 3 features');
  expect(text).toContain('\nAgain: the attempt before never started, or failed through no fault of its own.\n');
});

test('without a champion nothing is said of one', () => {
  // Who serves is known from the first release on; until then it is not denied that somebody does.
  expect(write(unserved).text).toContain('What serves keeps serving.');
  const { champion: ___, ...first } = notices.trainingStarted;
  expect(write(first).text).toContain('Then: its version is evaluated, must pass the gate');
});

test.each([
  [0, '0 compute minutes'],
  [0.2, 'less than 1 compute minute'],
  [1, '1 compute minute'],
  [1234.6, '1,235 compute minutes'],
])('what a failed training cost: %d', (computeMinutes, words) => {
  const notice = { ...notices.trainingFailed, training: { ...notices.trainingFailed.training!, computeMinutes } };
  expect(write(notice).text).toContain(`\nCost: ${words}.\n`);
});

test('cancelling names the training, so that a late command cannot hit the next one', () => {
  expect(write(notices.trainingStarted).text).toContain(`-d '{"actor":"YOU","reason":"WHY","training":3}'`);
  expect(write(notices.trainingFailed).text).not.toContain('"training":3');
});

test('a training that somebody stopped is told in a few lines', () => {
  const { subject, text } = write(notices.trainingStopped);
  expect(subject).toBe('spam-filter prod: training 3 stopped: no new version');
  expect(text).toContain('Training 3 was stopped. v6 keeps serving. Nothing to do.');
  expect(text).toContain('Why: Stopped by kim: the wrong mails');
  expect(text).toContain('Cost: 12 compute minutes.');
});
