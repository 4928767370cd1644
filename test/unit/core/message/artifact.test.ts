import { expect, test } from 'vitest';
import { mailOf } from '../../../../src/lib/core/message.ts';
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
