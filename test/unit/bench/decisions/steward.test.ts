import { expect, test } from 'vitest';
import { steward } from '../../../../bench/decisions/steward.ts';
import { arm, minute, watched } from './given.ts';

const requests = (errors: number) => arm({ requests: 1000, errors });

test('the judge is asked each minute: what fails half of its requests is taken back soon, what does not is promoted', () => {
  const half = watched(steward, () => minute(requests(500), requests(10)));
  expect(half.decision).toBe('rollBack');
  expect(half.after).toBeLessThan(10);
  expect(watched(steward, (i) => minute(requests(9 + (i % 3)), requests(9 + ((i + 1) % 3)))).decision).toBe('promote');
});
