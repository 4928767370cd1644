import { expect, test } from 'vitest';
import { mailOf } from '../../../../src/lib/core/message.ts';
import type { Reason } from '../../../../src/lib/core/verdict.ts';
import { notices } from './notices.ts';

const textOf = (kind: 'released' | 'rejected' | 'decisionNeeded', artifact?: string) =>
  mailOf({ ...notices[kind], ...(artifact === undefined ? {} : { artifact }) }, { baseUrl: 'https://steward.example.net' }).text; // prettier-ignore

test.each(['released', 'rejected', 'decisionNeeded'] as const)(
  'a mail of kind %s says that nobody could see the files change, where that is so',
  (kind) => {
    expect(textOf(kind, 'they lie in a registry')).toContain(
      'Not verified: whether its files are still those that were judged: they lie in a registry.',
    );
    expect(textOf(kind)).not.toContain('Not verified');
  },
);

const demand = (name: string, verdict: 'pass' | 'fail', note: string): Reason => ({ rule: `gate.require.${name}`, verdict, what: name, unit: 'plain', note }); // prettier-ignore
const mail = (reasons: readonly Reason[]) => mailOf({ ...notices.rejected, reasons }, { baseUrl: 'https://steward.example.net' }); // prettier-ignore

test('a mail says what was demanded of its lineage and what was found, and its subject what was not', () => {
  const met = demand('git commit', 'pass', '9c1e2b7');
  const dirty = demand('clean work tree', 'fail', 'the job was submitted with changes');
  const [better, ...others] = notices.released.reasons;
  const { subject, text } = mail([better!, met, dirty]);
  expect(subject).toBe('spam-filter prod: v3 rejected at the gate, clean work tree not as the policy requires');
  expect(text).toContain('Why: It did not pass the gate. clean work tree: the job was submitted with changes.');
  expect(text).toContain('Lineage: git commit ok (9c1e2b7); clean work tree FAIL (the job was submitted with changes)');
  expect(mail([better!, ...others]).text).not.toContain('Lineage');
});
