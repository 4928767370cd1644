import { expect, test } from 'vitest';
import { parseEvent } from '../../../src/lib/core/event.ts';
import { eventCorpus } from './eventCorpus.ts';

const corpus = eventCorpus();

test('the corpus is large, and each title stands once in its file', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(60);
  expect(new Set(corpus.map(({ place }) => place)).size).toBe(corpus.length);
});

test.each(corpus.map((entry) => [entry.place, entry] as const))('%s', (_, { event, expected }) => {
  expect(parseEvent(event)).toEqual(expected);
});
