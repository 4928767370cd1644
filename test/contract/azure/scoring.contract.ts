import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scoring } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

/** An endpoint `echo` with a deployment `good` that answers 200 and what it was sent, and `bad` whose model fails. */
export interface ScoringRig {
  readonly scoring: Scoring;
  readonly workspace: string;
  close(): Promise<void>;
}

export function scoringContract(name: string, open: () => Promise<ScoringRig>): void {
  describe(`Scoring: ${name}`, () => {
    let rig: ScoringRig;
    beforeAll(async () => {
      rig = await open();
    });
    afterAll(() => rig.close());

    test('a deployment without traffic answers by its name', async () => {
      const answer = await rig.scoring.ask(rig.workspace, 'echo', 'good', { text: 'hello' });
      expect(answer).toMatchObject({ status: 200, excerpt: expect.stringContaining('hello') });
      expect(answer.latencyMs).toBeGreaterThan(0);
    });

    test('a failing model is an answer', async () => {
      expect(await rig.scoring.ask(rig.workspace, 'echo', 'bad', { text: 'hello' })).toMatchObject({ status: 424 });
    });

    test('a deployment that does not exist is an answer', async () => {
      expect(await rig.scoring.ask(rig.workspace, 'echo', 'nope', {})).toMatchObject({ status: 404 });
    });

    test('at most 300 characters of an answer are kept', async () => {
      const { excerpt } = await rig.scoring.ask(rig.workspace, 'echo', 'good', { text: 'x'.repeat(5000) });
      expect(excerpt).toHaveLength(300);
    });

    test('an endpoint that does not exist is refused', async () => {
      expect(await outcome(rig.scoring.ask(rig.workspace, 'nowhere', 'good', {}))).toBe('Refused(notFound)');
    });
  });
}
