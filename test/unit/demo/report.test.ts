import { expect, test } from 'vitest';
import { reportOf } from '../../../demo/report.ts';
import { runsOf } from '../../../demo/report/tables.ts';
import { anAct, drift, way } from './given.ts';

test('the report needs nothing from outside and runs nothing', async () => {
  const page = await reportOf([anAct()]);
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).not.toMatch(/<script|<link|<img|@import|url\((?!#)|src=/i);
  expect(page.match(/<svg/g)).toHaveLength(3);
});

test('texts of mails are shown, not obeyed', async () => {
  const page = await reportOf([anAct()]);
  expect(page).toContain('A &lt;b&gt;plain&lt;/b&gt; text');
  expect(page).not.toContain('<b>plain</b>');
});

test('the limits are drawn and said with the figure they come from', async () => {
  const page = await reportOf([anAct()]);
  expect(page).toContain('limit 2 times v1&#39;s 2.0 %');
  expect(page).toContain('limit 1.3 times v1&#39;s 4.0 ms');
  expect(page.match(/stroke="var\(--limit\)"/g)?.length).toBeGreaterThanOrEqual(2);
});

test('the gate is shown with its interval and in the words of the versions', async () => {
  const page = await reportOf([anAct()]);
  expect(page).toContain('+6.0 to +10.0 (90 %)');
  expect(page).toContain('v1 alone right on 30, v2 alone right on 110');
});

test('every traffic change is listed, and where the app was killed', async () => {
  const kill = { at: new Date('2026-11-05T09:06:00Z'), backAt: new Date('2026-11-05T09:07:00Z'), pid: 4711, percent: 100, afterMs: 69 }; // prettier-ignore
  const page = await reportOf([anAct({ name: 'crash', kill })]);
  expect(page).toContain('first 50 %, m2-abc (challenger) 50 %');
  expect(page).toMatch(/pid 4711\) was killed at 09:06, 69 real ms into the change to 100 %/);
});

test('drift: how right both versions were, what was found, and why the same again trains nothing', async () => {
  const page = await reportOf([anAct({ name: 'drift', drift })]);
  const text = page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
  expect(text).toContain('v1 96.7 % 82.4 % v2 97.3 %');
  expect(text).toContain('v2 regains 104.2 % of what v1 lost. It came of stw-f964f3b865af-t1-a1 (mails:2 pinned, 1.9 compute minutes), submitted once although the finding was told by 3 events: 1 lost, 1 doubled, 1 late.');
  expect(text).toContain('length NormalizedWassersteinDistance 0.543 0.35');
  expect(text).toContain('sameDataAsChampion: The version that serves was trained on mails:2, and there is no newer version.');
  expect(await reportOf([anAct()])).not.toContain('<h3>Drift</h3>');
}); // prettier-ignore

test('environments: where it was judged, who agreed, and what was done by hand', async () => {
  const byHand = { at: new Date('2026-11-05T09:04:00Z'), endpoint: 'mail-guard', by: 'Cid Cole', status: 200, generation: '1', split: { first: 20, 'm2-abc': 80 } }; // prettier-ignore
  const page = await reportOf([anAct({ name: 'environments', way, puts: [byHand] })]);
  const text = page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
  expect(text).toContain('dev 09:01 1,000 mails 84.0 % 92.0 % pass 50 % at 09:03, 100 % at 09:06 09:08 v2 100 %');
  expect(text).toContain(
    'Ann Ames pressed approve and got 403: the policy wants four eyes. Ben Baker approved at 09:03.',
  );
  expect(text).toContain('At 09:04 Cid Cole moved traffic by hand: v1 20 %, v2 80 %. Steward told people at 09:05');
  expect(text).toContain('09:04 1 first 20 %, m2-abc (challenger) 80 % Cid Cole, by hand 200');
  expect(page.match(/>by hand</g)).toHaveLength(3);
  expect(await reportOf([anAct()])).not.toContain('environment to environment');
});

test('without live traffic there are no charts of errors and latency', async () => {
  const { closed } = anAct();
  const page = await reportOf([anAct({ puts: [], closed: { ...closed, end: 'rejected', release: { ...closed.release, trail: [] } } })]); // prettier-ignore
  expect(page.match(/<svg/g)).toHaveLength(1);
  expect(page).toContain('v2 never had a user');
});

test('passes in a row that decided the same and heard nothing are one line', () => {
  const { passes } = anAct();
  expect(runsOf(passes).map(({ first, last }) => [first.audit, last.audit])).toEqual([[1, 1], [2, 3]]); // prettier-ignore
});
