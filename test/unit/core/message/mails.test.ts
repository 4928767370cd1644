import { expect, test } from 'vitest';
import { mailOf } from '../../../../src/lib/core/message.ts';
import type { Notice } from '../../../../src/lib/core/notice.ts';
import { notices, worseAccuracy } from './notices.ts';

/** The mails as people read them. A change of wording shows here; read it as the person on call would at 3 a.m. */
function read(notice: Notice): string {
  const { subject, text } = mailOf(notice, { baseUrl: 'https://steward.example.net' });
  return `Subject: ${subject}\n\n${text}`;
}

test('released', () =>
  expect(read(notices.released)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: v7 released, serves 100 % instead of v6

  v7 takes all traffic since 09:44 UTC and was watched until 09:54 UTC without an alarm. Nothing to do.

  Why: It passed the gate, every step and the watch.

  accuracy   v6 93.2 %   v7 98.2 %   difference +5 points (90 % interval: +3.8 to +6.2), required more than 0; 1,000 rows. Champion alone right on 1, challenger alone right on 51.   PASS
  errors   v6 0.9 %   v7 0.8 %   0.9 times as often, allowed less than 2 times; 6,000 requests against 2,700   PASS
  latency   v6 58 ms   v7 61 ms   1.1 times as long, allowed 1.3 times; 240 requests against 2,200   PASS

  Judged on: mails-holdout:4
  Traffic: 10 % at 09:22 UTC, 50 % at 09:33 UTC, 100 % at 09:44 UTC.
  Kept: v6 stays deployed at 0 % until 5 Dec 09:54 UTC, then is deleted.

  Way back until then:
  - Give all traffic to v6 again (rollback; put in your name and reason):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-released-20261204095400-rollback' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":7}' 'https://steward.example.net/api/models/prod/spam-filter/rollback'

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 09:54 UTC
  "
`));
test('rejected for what one slice lost, with what else was judged', () => {
  const slice = { rule: 'gate.slice', verdict: 'fail', what: 'auc where region is south', unit: 'plain', champion: 0.8, challenger: 0.77, measured: -0.03, limit: 0, samples: 8000, note: 'shown to be worse than the champion there' } as const;
  const gap = { rule: 'gate.slices', verdict: 'fail', what: 'largest gap between slices in auc', unit: 'plain', champion: 0.01, challenger: 0.05, measured: 0.05, limit: 0.03, samples: 20_000 } as const;
  const text = read({ ...notices.rejected, reasons: [slice, gap] });
  expect(text).toContain('Subject: spam-filter prod: v3 rejected at the gate, auc where region is south 0.03 below v2\n');
  expect(text).toContain('auc where region is south   v2 0.8   v3 0.77   difference -0.03; 8,000 rows. Shown to be worse than the champion there.   FAIL');
  expect(text).toContain('largest gap between slices in auc   v2 0.01   v3 0.05   allowed at most 0.03; 20,000 rows   FAIL');
  const alone = read({ ...notices.rejected, reasons: [{ ...gap, unit: 'fraction' }] });
  expect(alone).toContain('Subject: spam-filter prod: v3 rejected at the gate, largest gap between slices in auc 5 points, allowed at most 3 points\n');
}); // prettier-ignore

const shadow = { percent: 20, since: '2026-12-04T01:05:00.000Z', until: '2026-12-04T05:05:00.000Z', judged: 4812 };

test('an approval that is asked for before a shadow', () => {
  const approval = { ...notices.approvalNeeded.approval!, copiedPercent: 20 };
  expect(read({ ...notices.approvalNeeded, approval })).toContain(
    'If approved now: copies of 20 % of live requests first, then at the earliest 10 % at',
  );
});

test('released after a shadow', () => {
  expect(read({ ...notices.released, shadow })).toContain(
    'Shadow: 20 % of live requests were copied to v7 for 4 hours, until 05:05 UTC; 4,812 copies judged. Nobody got its answers.\nTraffic: 10 %',
  );
});

test('rolled back after a shadow alone', () => {
  const { steps: _, harm: __, errorsNow: ___, ...early } = notices.rolledBack;
  const sentence = 'The challenger does worse than the champion on copies of live requests.';
  const text = read({
    ...early,
    cause: 'shadow',
    sentence,
    shadow: { ...shadow, until: '2026-12-04T01:45:00.000Z', judged: 0 },
  });
  expect(text).toContain('Subject: spam-filter prod: v7 failed before it had traffic, v6 serves 100 % (verified)');
  expect(text).toContain('Harm: none, no live traffic was moved to v7.');
  expect(text).toContain('copied to v7 for 40 minutes, until 01:45 UTC; none of the copies could be judged. Nobody');
});

const flips = { value: 0.0062, low: 0.0041, high: 0.009, confidence: 0.998, inputs: 3412 };
const shift = { value: 0.021, low: 0.0152, high: 0.0268, confidence: 0.998, inputs: 3412, champion: 0.5, challenger: 0.521 }; // prettier-ignore

test('what both answered to copies is told, whether it is limited or not', () => {
  const answers = { copies: 3600, requests: 3500, unanswered: 0, unmatched: 0, unreadable: 0 };
  const told = (more: object) => /^Answers: .*$/m.exec(read({ ...notices.released, shadow: { ...shadow, answers: { ...answers, ...more } } }))?.[0]; // prettier-ignore
  expect(told({ flips })).toBe('Answers: 3,500 of 3,600 different inputs that were copied compared: another class in 0.6 %, 0.4 to 0.9 % (99.8 % interval).'); // prettier-ignore
  expect(told({ shift })).toBe('Answers: 3,500 of 3,600 different inputs that were copied compared: score 0.521 on average on v7, 0.5 on v6, moved by +0.0152 to +0.0268 (99.8 % interval).'); // prettier-ignore
  expect(told({ requests: 1, unanswered: 3, unmatched: 12, unreadable: 1000, cut: true })).toBe('Answers: 1 of 3,600 different inputs that were copied compared. Left out: no answer of v7 is logged for 3, no original in the log of v6 for 12, nothing to compare in the answer of v6 to 1,000. There is more in the logs: these are the first.'); // prettier-ignore
});

test('rolled back for its answers', () => {
  const { steps: _, harm: __, errorsNow: ___, ...early } = notices.rolledBack;
  const interval = { low: 0.081, high: 0.112, confidence: 0.998 };
  const changed = { rule: 'shadow.flips', verdict: 'fail', what: 'changed answers', unit: 'fraction', challenger: 0.0957, measured: 0.0957, limit: 0.05, samples: 3412, interval } as const; // prettier-ignore
  const moved = { rule: 'shadow.shift', verdict: 'inconclusive', what: 'spam_probability', unit: 'plain', challenger: 0.521, champion: 0.5, measured: 0.021, limit: 0.02, samples: 3412, interval: { low: 0.0152, high: 0.0268, confidence: 0.998 } } as const; // prettier-ignore
  const text = read({
    ...early,
    cause: 'shadow',
    sentence: 'It answers otherwise.',
    reasons: [changed, moved],
    shadow,
  });
  expect(text.split('\n').filter((row) => /INCONCLUSIVE|FAIL/.test(row))).toMatchInlineSnapshot(`
    [
      "changed answers   v7 9.6 %   8.1 to 11.2 % (99.8 % interval), allowed at most 5 %; 3,412 different inputs   FAIL",
      "spam_probability   v6 0.5   v7 0.521   moved by +0.021 (99.8 % interval: +0.0152 to +0.0268), allowed at most 0.02 up or down; 3,412 different inputs   INCONCLUSIVE",
    ]
  `);
  expect(/^Why: .*$/m.exec(read({ ...notices.shadowUndecided, reasons: [moved] }))?.[0]).toMatchInlineSnapshot(
    `"Why: Copies of live requests do not decide it yet. spam_probability of v7 is 0.521, of v6 0.5 on the same 3,412 different inputs: moved by +0.021 (99.8 % interval: +0.0152 to +0.0268), allowed at most 0.02 up or down."`,
  );
  expect(/^Why: .*$/m.exec(read({ ...notices.shadowUndecided, reasons: [changed] }))?.[0]).toMatchInlineSnapshot(
    `"Why: Copies of live requests do not decide it yet. v7 answered otherwise than v6 to 9.6 % of 3,412 different inputs: 8.1 to 11.2 % (99.8 % interval), allowed at most 5 %."`,
  );
  const unread = { rule: 'shadow.flips', verdict: 'inconclusive', what: 'changed answers', unit: 'fraction', limit: 0.05, note: 'logged answers were not read yet' } as const; // prettier-ignore
  expect(/^Why: .*$/m.exec(read({ ...notices.shadowUndecided, reasons: [unread] }))?.[0]).toMatchInlineSnapshot(
    `"Why: Copies of live requests do not decide it yet. changed answers: logged answers were not read yet."`,
  );
});

test('a shadow that is still undecided', () =>
  expect(read(notices.shadowUndecided)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: v7 is still undecided on copies of live requests

  Nothing is at risk: v7 gets copies of live requests only, and v6 answers them all. It stays so until it can be decided, at the latest until 5 Dec 03:00 UTC; then v7 is taken back.

  Why: Copies of live requests do not decide it yet. In 6 minutes v7 failed 0 of 12 requests (0 %), v6 24 of 2,700 (0.9 %): 0 times as often, allowed less than 2 times (fewer than 100 requests reached the challenger).

  errors   v6 0.9 %   v7 0 %   0 times as often, allowed less than 2 times; 12 requests against 2,700. Fewer than 100 requests reached the challenger.   INCONCLUSIVE

  Shadow: 20 % of live requests have been copied to v7 since 3 Dec 23:00 UTC; 12 copies judged. Nobody got its answers.

  What to do:
  - Wait: Steward goes on by itself when there are enough copies to judge.
  - End the shadow and skip the steps (promote; put in your name and reason):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-shadowUndecided-20261204031600-promote' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":7}' 'https://steward.example.net/api/models/prod/spam-filter/promote'
  - Give it up (rollback):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-shadowUndecided-20261204031600-rollback' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":7}' 'https://steward.example.net/api/models/prod/spam-filter/rollback'

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));

test('a version that somebody is asked to bring', () =>
  expect(read(notices.bringAsked)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: bring v12 of test here, as version 12

  v6 keeps serving, traffic did not change. v12 of test was released there, and is to be registered here by you or your pipeline.

  From: /subscriptions/s/resourceGroups/ml/providers/Microsoft.MachineLearningServices/workspaces/ml-test, model spam-filter, version 12
  To: workspace ml-prod, model spam-filter, version 12, with the tag stewardId = 0123456789abcdef

  What to do:
  - Register the same files under exactly that number and with that tag. Steward looks each minute, and goes on by itself.
  - See how it stands:
    curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));

test('no room for a deployment', () =>
  expect(read(notices.noRoom)).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: no room to deploy v7

    v6 keeps serving, traffic did not change. v7 is deployed as soon as there is room, and given up if there is none by 04:10 UTC.

    Why: Another deployment on Standard_DS3_v2 needs 8 cores of standardDSv2Family, and 4 are free. Kept at 0 % for now: m5-0badcafe.

    What to do:
    - Raise the quota of the family in Azure ML studio (Quota), or delete deployments that nobody needs. Steward looks every five minutes.
    - Or deploy smaller: rollout.deployment of the policy says which size and how many; a changed policy holds from the next release.
    - See how it stands:
      curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `));

test('copies that somebody else asked for', () => {
  const mirror = { live: { 'm7-0badcafe': 40 }, expected: { 'm7-0badcafe': 20 } };
  expect(
    read({ ...notices.trafficHeld, live: { 'm6-12345678': 100 }, expected: { 'm6-12345678': 100 }, mirror }),
  ).toMatch(/m7-0badcafe \(copies\).*40 %.*20 %/);
  const stuck = read({
    ...notices.rollbackNotVerified,
    live: { 'm6-12345678': 100 },
    expected: { 'm6-12345678': 100 },
    mirror: { ...mirror, expected: {} },
  });
  expect(stuck).toContain('ROLLBACK NOT VERIFIED: copies of live requests still go to v7');
  expect(stuck).toContain("--name spam-online --mirror-traffic 'm7-0badcafe=0'");
});

test('superseded', () => {
  expect(read(notices.superseded)).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v7 made room for a newer version, v6 serves 100 % (verified)

    Safe since 03:12 UTC: v6 takes all traffic (read back from Azure 03:12 UTC, errors at 0.9 % by 03:16 UTC). Nothing to do now.

    Why: Version 8 is newer, and the policy lets it take the place of one that is under way.
    Harm: 300 requests reached v7; 2 failed, about 0 of them would not have on v6.
    Traffic it had: 10 % at 03:05 UTC.
    Afterwards: v7 is not tried again by itself.

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
  const unverified = 'the split is back, but errors are not down';
  expect(read({ ...notices.superseded, unverified })).toContain(
    `Subject: spam-filter prod: v7 rolled back, but NOT VERIFIED: ${unverified}`,
  );
});

test('rejected', () =>
  expect(read(notices.rejected)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: v3 rejected at the gate, accuracy 27.3 points below v2

  v3 will not be deployed. v2 keeps serving; traffic did not change.

  Why: It did not pass the gate.

  accuracy   v2 98.2 %   v3 70.9 %   difference -27.3 points (90 % interval: -30.3 to -24.3), required more than 0; 1,000 rows. Champion alone right on 291, challenger alone right on 18; the challenger is right less often than always answering "ham" (swapped labels?).   FAIL

  Judged on: mails-holdout:4
  To go on: register a new version. v3 is not tried again by itself.

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/3 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('rolled back, verified', () =>
  expect(read(notices.rolledBack)).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v7 rolled back, v6 serves 100 % (verified)

    Safe since 03:12 UTC: v6 takes all traffic (read back from Azure 03:12 UTC, errors at 0.9 % by 03:16 UTC). Nothing to do now.

    Why: The challenger does worse than the champion on live traffic. In 6 minutes v7 failed 13 of 300 requests (4.3 %), v6 24 of 2,700 (0.9 %): 4.9 times as often, allowed less than 2 times.
    How sure: if they were equal, evidence this strong would turn up in fewer than 1 of 140 releases (policy: 1 in 50).
    Harm: 300 requests reached v7; 13 failed, about 10 of them would not have on v6. Most common: 424.

    errors   v6 0.9 %   v7 4.3 %   4.9 times as often, allowed less than 2 times; 300 requests against 2,700   FAIL
    latency   v6 58 ms   v7 61 ms   1.1 times as long, allowed 1.3 times; 240 requests against 2,200   PASS

    Traffic it had: 10 % at 03:05 UTC.
    Afterwards: v7 stays deployed at 0 % until 5 Dec 03:12 UTC for a look, then is deleted. v7 is not tried again by itself.

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `));
test('a champion that is unwell', () =>
  expect(read(notices.championUnwell)).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v6, which serves, fails far more often than before; the release of v7 is held

    Look into it: v6 itself fails far more often than in the 24 hours before the release. Beside it v7 cannot be judged, so it goes no further. It is not taken back for it; if it is worse still, it is.

    Why: In 6 minutes v7 failed 30 of 300 requests (10 %), v6 297 of 2,700 (11 %): 0.9 times as often, allowed less than 2 times (too little to be sure yet). champion: fails far more often itself than before the release.

    errors   v6 11 %   v7 10 %   0.9 times as often, allowed less than 2 times; 300 requests against 2,700. Too little to be sure yet.   INCONCLUSIVE

    Harm: 300 requests reached v7; 30 failed, about 0 of them would not have on v6.
    Traffic: 10 % at 03:05 UTC.

    What to do:
    - Mend what both depend on: the release goes on by itself when the champion is well again.
    - Give v6 all traffic again, without waiting (rollback):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-championUnwell-20261204031600-rollback' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":7}' 'https://steward.example.net/api/models/prod/spam-filter/rollback'

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `));
test('a step that is undecided', () =>
  expect(read(notices.stepUndecided)).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v7 is still undecided at 10 % of live traffic

    v7 neither shows that it does as well as v6 nor that it does worse. It stays where it is until it can be decided, at the latest until 5 Dec 01:05 UTC; then it is taken back.

    Why: In 6 minutes v7 failed 5 of 420 requests (1.2 %), v6 24 of 2,700 (0.9 %): 1.3 times as often, allowed less than 2 times (too little to be sure yet).

    errors   v6 0.9 %   v7 1.2 %   1.3 times as often, allowed less than 2 times; 420 requests against 2,700. Too little to be sure yet.   INCONCLUSIVE

    Harm: 420 requests reached v7; 5 failed, about 0 of them would not have on v6.
    Traffic: 10 % at 01:05 UTC.

    What to do:
    - Wait: Steward goes on by itself when there was enough traffic to judge.
    - Give it all traffic and watch it (promote; put in your name and reason):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-stepUndecided-0-20261204031600-promote' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":7}' 'https://steward.example.net/api/models/prod/spam-filter/promote'
    - Give it up (rollback):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-stepUndecided-0-20261204031600-rollback' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":7}' 'https://steward.example.net/api/models/prod/spam-filter/rollback'

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `));
test('refused before it had traffic, because it could not be judged', () => {
  const { steps: _, harm: __, errorsNow: ___, ...early } = notices.rolledBack;
  const sentence =
    'The steps cannot be judged within the deadline of 24 hours at 6 requests a minute, of which 1 % fail: 10 % takes about 31 hours. What the policy could say instead: rollout.steps: [50%, 100%].';
  expect(read({ ...early, cause: 'cannotBeJudged', sentence, reasons: [] })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v7 not released, its canary could not be judged, v6 serves 100 % (verified)

    Safe: v6 takes all traffic (read back from Azure 03:12 UTC). Nothing to do now.

    Why: The steps cannot be judged within the deadline of 24 hours at 6 requests a minute, of which 1 % fail: 10 % takes about 31 hours. What the policy could say instead: rollout.steps: [50%, 100%].
    Harm: none, no live traffic was moved to v7.
    Afterwards: v7 stays deployed at 0 % until 5 Dec 03:12 UTC for a look, then is deleted. v7 is not tried again by itself.

    When the policy says so:
    - Judge v7 again (retry; put in your name and reason):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-rolledBack-20261204031600-retry' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":7}' 'https://steward.example.net/api/models/prod/spam-filter/retry'

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('rolled back before it had traffic', () => {
  const { steps: _, harm: __, errorsNow: ___, ...early } = notices.rolledBack;
  const sentence = 'The smoke test failed: the challenger answered 424, expected 200.';
  expect(read({ ...early, cause: 'smokeTest', sentence, reasons: [] })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v7 failed before it had traffic, v6 serves 100 % (verified)

    Safe: v6 takes all traffic (read back from Azure 03:12 UTC). Nothing to do now.

    Why: The smoke test failed: the challenger answered 424, expected 200.
    Harm: none, no live traffic was moved to v7.
    Afterwards: v7 stays deployed at 0 % until 5 Dec 03:12 UTC for a look, then is deleted. v7 is not tried again by itself.

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('rolled back, given up verifying', () => {
  const unverified = 'the split is back, but errors are not down';
  expect(read({ ...notices.rolledBack, errorsNow: 0.12, reasons: [], unverified })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v7 rolled back, but NOT VERIFIED: the split is back, but errors are not down

    Look into it: traffic is back on v6 since 03:12 UTC, but it could not be verified that all is well. The release ended; Steward no longer looks at it.

    Why: The challenger does worse than the champion on live traffic.
    Not verified: by 03:16 UTC the split is back, but errors are not down, 12 % of all requests failed.
    What to do: read the log of v6 in Azure ML studio: what goes on after the challenger left has another cause.
    Harm: 300 requests reached v7; 13 failed, about 10 of them would not have on v6. Most common: 424.
    Traffic it had: 10 % at 03:05 UTC.
    Afterwards: v7 stays deployed at 0 % until 5 Dec 03:12 UTC for a look, then is deleted. v7 is not tried again by itself.

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('ended before it had traffic, on an endpoint that somebody moved', () => {
  const { steps: _, harm: __, errorsNow: ___, restoredAt: ____, ...early } = notices.rolledBack;
  const unverified = 'Live traffic is not what Steward set; this release never moved any, so it is left as it is.';
  const live = { hotfix: 100 };
  const expected = { 'm6-12345678': 100 };
  expect(read({ ...early, cause: 'invalid', sentence: 'There is no x.', reasons: [], unverified, live, expected })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v7 failed before it had traffic; live traffic was changed by somebody else

    The release of v7 ended and moved no live traffic. Live traffic is not what Steward set; this release never moved any, so it is left as it is.

    Why: There is no x.

    m6-12345678: live 0 %, expected 100 %
    hotfix: live 100 %, expected 0 %

    Harm: none, no live traffic was moved to v7.
    Afterwards: v7 stays deployed at 0 % until 5 Dec 03:12 UTC for a look, then is deleted. v7 is not tried again by itself.

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `); // prettier-ignore
});
test('rollback not verified', () =>
  expect(read(notices.rollbackNotVerified)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: ROLLBACK NOT VERIFIED: 8 % still on v7

  Act now: v7 is being taken back, but at 03:16 UTC Azure still sent 8 % of live traffic to v7. Steward keeps trying; do not wait for it.

  Not verified: traffic is not back yet

  m6-12345678: live 92 %, expected 100 %
  m7-0badcafe: live 8 %, expected 0 %

  What to do:
  - Put traffic back by hand (or in Azure ML studio: Endpoints, Update traffic):
    az ml online-endpoint update --resource-group GROUP --workspace-name WORKSPACE --name spam-online --traffic 'm6-12345678=100 m7-0badcafe=0'
  - Then look here: Steward reads the split back within a minute and says when it is verified.
    curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

  Why: v7 is taken back for: canary. In 6 minutes v7 failed 13 of 300 requests (4.3 %), v6 24 of 2,700 (0.9 %): 4.9 times as often, allowed less than 2 times.
  Harm: 420 requests reached v7; 18 failed, about 14 of them would not have on v6.

  errors   v6 0.9 %   v7 4.3 %   4.9 times as often, allowed less than 2 times; 300 requests against 2,700   FAIL

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('rollback not verified, live traffic unknown', () => {
  const { live: _, ...unknown } = notices.rollbackNotVerified;
  expect(read({ ...unknown, sentence: 'the endpoint is being changed' })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: ROLLBACK NOT VERIFIED: live traffic is not known

    Act now: v7 is being taken back, but at 03:16 UTC live traffic could not be read. Steward keeps trying; do not wait for it.

    Not verified: the endpoint is being changed

    m6-12345678: live unknown, expected 100 %

    What to do:
    - Put traffic back by hand (or in Azure ML studio: Endpoints, Update traffic):
      az ml online-endpoint update --resource-group GROUP --workspace-name WORKSPACE --name spam-online --traffic 'm6-12345678=100'
    - Then look here: Steward reads the split back within a minute and says when it is verified.
      curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

    Why: v7 is taken back for: canary. In 6 minutes v7 failed 13 of 300 requests (4.3 %), v6 24 of 2,700 (0.9 %): 4.9 times as often, allowed less than 2 times.
    Harm: 420 requests reached v7; 18 failed, about 14 of them would not have on v6.

    errors   v6 0.9 %   v7 4.3 %   4.9 times as often, allowed less than 2 times; 300 requests against 2,700   FAIL

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('rollback not verified, split is back', () => {
  const { expected } = notices.rollbackNotVerified;
  const sentence = 'the split is back, but errors are not down';
  expect(read({ ...notices.rollbackNotVerified, live: expected!, sentence })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: ROLLBACK NOT VERIFIED: v6 has all traffic, but not proven healthy

    Act now: v7 is being taken back, but at 03:16 UTC traffic is back on v6, yet not proven healthy. Steward keeps trying; do not wait for it.

    Not verified: the split is back, but errors are not down

    m6-12345678: live 100 %, expected 100 %

    What to do:
    - Look at what Steward sees now:
      curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'
    - Read the champion’s log in Azure ML studio: the errors may not come from this release.

    Why: v7 is taken back for: canary. In 6 minutes v7 failed 13 of 300 requests (4.3 %), v6 24 of 2,700 (0.9 %): 4.9 times as often, allowed less than 2 times.
    Harm: 420 requests reached v7; 18 failed, about 14 of them would not have on v6.

    errors   v6 0.9 %   v7 4.3 %   4.9 times as often, allowed less than 2 times; 300 requests against 2,700   FAIL

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('aborted', () =>
  expect(read(notices.aborted)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: v7 not released: Version 7 is archived

  The release of v7 was given up. v6 keeps serving.

  Why: Version 7 is archived.
  To go on: mend that, then register a new version. v7 is not tried again by itself.

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('decision needed', () =>
  expect(read(notices.decisionNeeded)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: Release v1? A person must decide before 11 Dec 03:16 UTC

  Nothing happens unless you act: on 11 Dec 03:16 UTC v1 is rejected, and no version serves.

  Why: It is the first version: there is no champion to compare with, and the policy sets no bound on its metric.
  Evidence on: mails-holdout:4
  If released now, at the earliest: 10 % at 03:16 UTC, 100 % at 03:26 UTC.

  What to do:
  - Release it (promote; put in your name and reason, both are recorded):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r1-decisionNeeded-20261204031600-promote' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":1}' 'https://steward.example.net/api/models/prod/spam-filter/promote'
  - Leave it: it is rejected by itself when the time is over.

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/1 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('traffic held', () =>
  expect(read(notices.trafficHeld)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: live traffic was changed, but not by Steward: your choice

  Nothing happens unless you act: live traffic is not what Steward set, so Steward moves nothing and the release of v7 stands still.

  m7-0badcafe: live 50 %, expected 10 %
  m6-12345678: live 50 %, expected 90 %

  Why: somebody moved the live traffic

  What to do: choose one (put in your name and reason):
  - Keep the change: give one deployment of this model 100 % in Azure ML, then (adopt; ends the release of v7):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-trafficHeld-20261204031600-adopt' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY"}' 'https://steward.example.net/api/models/prod/spam-filter/adopt'
  - Put back what Steward expects (revert; then it goes on):
    curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-trafficHeld-20261204031600-revert' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY"}' 'https://steward.example.net/api/models/prod/spam-filter/revert'

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('traffic held: deployments are named with their versions where these are known', () => {
  expect(read({ ...notices.trafficHeld, serves: { 'm6-12345678': '6' } })).toMatch(
    /m7-0badcafe: live 50 %, expected 10 %\n\s*m6-12345678 \(v6\): live 50 %, expected 90 %/,
  );
});
test('traffic held at first sight', () => {
  const { expected: _, release: __, ...unclear } = notices.trafficHeld;
  const sentence = 'traffic is split, and nobody said which deployment is the champion';
  expect(read({ ...unclear, live: { green: 100 }, sentence })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: live traffic is unclear: your choice

    Nothing happens unless you act: live traffic is not what Steward set, so Steward moves nothing.

    green: live 100 %, expected unknown

    Why: traffic is split, and nobody said which deployment is the champion

    What to do: choose one (put in your name and reason):
    - Keep what is live, green at 100 % (adopt):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r7-trafficHeld-20261204031600-adopt' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY"}' 'https://steward.example.net/api/models/prod/spam-filter/adopt'

    Status: https://steward.example.net/api/models/prod/spam-filter
    spam-filter/prod · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('stalled', () =>
  expect(read(notices.stalled)).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: stalled: something always fails and was set aside

    Something that happened could not be handled and was set aside. Everything else goes on: canary and rollback still work.

    What failed: 1 inbox item set aside (model|ws|spam-filter|7): the version is not a string

    What to do:
    - Mend the cause (a fault in the policy, in Azure, or in Steward itself), then let it try again:
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: stalled-812-20261204031600-resume' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY"}' 'https://steward.example.net/api/models/prod/spam-filter/resume'

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `));
test('unreachable', () =>
  expect(read(notices.unreachable)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: no answer from Azure Monitor since 03:01 UTC

  No answer from Azure Monitor since 03:01 UTC. Steward leaves traffic as it is and decides nothing until there is one. The release of v7 stands still.

  What failed: 503: the service is busy

  What to do:
  - See whether Azure has an outage, and whether Steward’s identity still has its roles.
  - Steward keeps looking and goes on by itself when it can. What it sees now:
    curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('an endpoint that answers, but is being changed', () => {
  const { cause: _, ...busy } = notices.unreachable;
  expect(read({ ...busy, sentence: 'The endpoint is being changed.' })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: the endpoint is being changed (since 03:01 UTC)

    The endpoint is being changed (since 03:01 UTC). Steward leaves traffic as it is and decides nothing until that is over. The release of v7 stands still.

    What to do:
    - See in Azure ML studio what is done to the endpoint, by whom, and whether it hangs.
    - Steward keeps looking and goes on by itself when it can. What it sees now:
      curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('champion adopted', () =>
  expect(read(notices.championAdopted)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: v6 taken over as champion

  v6 serves, and Steward looks after it from now on. Nothing to do.

  Why: moved by hand during an incident
  Ordered by: kim@example.com

  m6-12345678: live 100 %, expected unknown

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('deletion refused', () =>
  expect(read(notices.deletionRefused)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: deployment m5-12345678 could not be deleted and still costs money

  Deployment m5-12345678 is no longer needed, and Azure refused to delete it. Traffic is not touched; Steward asks again each day.

  What Azure said: 403: the identity may not delete deployments
  What to do: give Steward’s identity its role back, or delete the deployment in Azure ML studio.

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('approval needed', () => {
  const { subject, text } = mailOf(notices.approvalNeeded, { baseUrl: 'https://steward.example.net', signIn: '00000000-0000-0000-0000-0000000000c1' }); // prettier-ignore
  expect(`Subject: ${subject}\n\n${text}`).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: approve v7? Needs 2 of ModelRisk before 6 Dec 03:16 UTC

    Nothing happens unless you act: on 6 Dec 03:16 UTC v7 is rejected. v6 keeps serving.

    If approved now: at the earliest 10 % at 03:16 UTC, 50 % at 03:26 UTC, 100 % at 03:36 UTC; watched until 05:36 UTC. Calendar bank-changes closes 18 Dec 17:00 UTC.

    accuracy   v6 93.2 %   v7 98.2 %   difference +5 points (90 % interval: +3.8 to +6.2), required more than 0; 1,000 rows. Champion alone right on 1, challenger alone right on 51.   PASS

    Judged on: mails-holdout:4
    Where from: drift on 3 features -> training stw-4f2a6b8c0d1e-t3-a1 -> v7 released in test -> v7.
    So far: 0 of 2 of ModelRisk. You may not approve if you started it (started by: drift on 3 features).

    What to do:
    - Say who you are (the key lets you in, the token says who you are):
      STEWARD_TOKEN=$(az account get-access-token --resource 'api://00000000-0000-0000-0000-0000000000c1' --query accessToken --output tsv)
    - Approve v7 (put in your reason, it is recorded):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H "Authorization: Bearer $STEWARD_TOKEN" -H 'Idempotency-Key: r7-approvalNeeded-20261204031600-approve' -H 'Content-Type: application/json' -d '{"reason":"WHY","release":7,"evidence":"0123456789abcdef"}' 'https://steward.example.net/api/models/prod/spam-filter/approve'
    - Reject it (put in your reason):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H "Authorization: Bearer $STEWARD_TOKEN" -H 'Idempotency-Key: r7-approvalNeeded-20261204031600-reject' -H 'Content-Type: application/json' -d '{"reason":"WHY","release":7,"evidence":"0123456789abcdef"}' 'https://steward.example.net/api/models/prod/spam-filter/reject'
    - See the evidence, and who has approved since:
      curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

    Void: what was approved counts no more when metrics, files or policy change.

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `);
});
test('approval needed where nobody can approve', () => {
  expect(read(notices.approvalNeeded)).toContain('- Nobody can approve yet: this app does not know who calls.');
  expect(read(notices.approvalNeeded)).not.toContain('/approve');
});
test('approval overdue', () =>
  expect(read(notices.approvalOverdue)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: v7 still waits for approval, 1 of 2 so far

  Nothing happens unless you act: the time for approval is over, the policy says to hold, and v7 waits on. v6 keeps serving.

  What came in: 1 of 2 of ModelRisk approved it within 48h.
  So far: 1 of 2 of ModelRisk (kim@example.com). You may not approve if you started it (started by: ada@example.com).

  What to do:
  - Nobody can approve yet: this app does not know who calls. Configure sign-in (docs/deploy.md, Approvals), then look here:
    curl -H "x-functions-key: $STEWARD_KEY" 'https://steward.example.net/api/models/prod/spam-filter'

  Void: what was approved counts no more when metrics, files or policy change.

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('approval void', () =>
  expect(read(notices.approvalVoid)).toMatchInlineSnapshot(`
  "Subject: spam-filter prod: v7 is judged anew, 2 approvals void

  Nothing to do now: v7 goes its way again from the beginning, and if it passes the gate you are asked again. v6 keeps serving.

  Why: It is judged and asked for anew, because its files are no longer those that were judged.

  No longer counted:
  - kim@example.com, 01:00 UTC
  - ben@example.com, 03:15 UTC

  Status: https://steward.example.net/api/models/prod/spam-filter
  Release spam-filter/prod/7 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
  "
`));
test('a question that ends today says at what time, not on which day', () => {
  expect(read({ ...notices.approvalNeeded, deadline: '2026-12-04T05:16:00.000Z' })).toContain(
    'at 05:16 UTC v7 is rejected',
  );
});
test('released after people agreed: who, and when', () => {
  const approvedBy = [{ actor: 'ann@example.com', at: '2026-12-04T01:10:00.000Z' }, { actor: 'ben@example.com', at: '2026-12-03T23:40:00.000Z' }]; // prettier-ignore
  expect(read({ ...notices.released, approvedBy })).toContain(
    'Approved by: ann@example.com at 01:10 UTC, ben@example.com at 3 Dec 23:40 UTC\n',
  );
  expect(read(notices.released)).not.toContain('Approved');
});
test('rejected because nobody approved in time', () =>
  expect(read({ ...notices.rejected, cause: 'approvalExpired', sentence: '1 of 2 of ModelRisk approved it within 2d.', reasons: [{ ...worseAccuracy, verdict: 'pass' }] })).toMatchInlineSnapshot(`
    "Subject: spam-filter prod: v3 rejected: 1 of 2 of ModelRisk approved it within 2d

    v3 will not be deployed. v2 keeps serving; traffic did not change.

    Why: 1 of 2 of ModelRisk approved it within 2d.

    accuracy   v2 98.2 %   v3 70.9 %   difference -27.3 points (90 % interval: -30.3 to -24.3), required less than 0; 1,000 rows. Champion alone right on 291, challenger alone right on 18; the challenger is right less often than always answering "ham" (swapped labels?).   PASS

    Judged on: mails-holdout:4

    To go on:
    - Judge v3 again and ask anew (retry; put in your name and reason):
      curl -X POST -H "x-functions-key: $STEWARD_KEY" -H 'Idempotency-Key: r3-rejected-20261204031600-retry' -H 'Content-Type: application/json' -d '{"actor":"YOU","reason":"WHY","release":3}' 'https://steward.example.net/api/models/prod/spam-filter/retry'

    Status: https://steward.example.net/api/models/prod/spam-filter
    Release spam-filter/prod/3 · policy 3fa9c0de · audit 812 · 2026-12-04 03:16 UTC
    "
  `)); // prettier-ignore

test('a rollback whose way back is no split says what Steward does about it, and what a person can do', () => {
  const asked = {
    ...notices.rollbackNotVerified,
    live: { m7: 100 },
    expected: {},
    sentence: 'The deployment is gone.',
  };
  const deploying = read({ ...asked, wayBack: 'deploying' });
  expect(deploying).toContain('Steward deploys v6 again and goes back when it is ready, in minutes.');
  for (const batch of [{}, { batch: true }] as const) {
    const failed = read({ ...asked, ...batch, wayBack: 'failed' });
    expect(failed).toMatch(
      /Steward cannot go on: a person must decide\.[^]*then \(adopt; put in your name and reason\):\n.*\/adopt/,
    );
    expect(failed).not.toContain('keeps trying');
  }
  const { live: _, expected: __, ...inPlace } = asked;
  const updating = read({ ...inPlace, sentence: 'deployment m6 serves version 7.', wayBack: 'updating' });
  expect(updating).toContain('Subject: spam-filter prod: ROLLBACK NOT VERIFIED: deployment m6 serves version 7\n');
  expect(updating).toContain('Where it stays on v7, update it to v6 by hand.');
  expect(updating).not.toMatch(/could not be read|0 %/);
});
