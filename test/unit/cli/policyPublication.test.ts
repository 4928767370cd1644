import { beforeEach, describe, expect, it } from 'vitest';
import { publishTo } from '../../../src/cli/policy/publication.ts';
import { BadInput } from '../../../src/lib/core/errors.ts';
import { faultLine } from '../../../src/lib/core/policy/fault.ts';
import { parseStoredPolicy } from '../../../src/lib/core/policy/stored.ts';
import { ESTATE, estateFrom, policyFrom, SIMPLE } from '../core/policy/given.ts';
import { PolicyStoreTwin } from './policyStoreTwin.ts';

const MONDAY = new Date('2026-11-23T09:00:00Z');
const TUESDAY = new Date('2026-11-24T09:00:00Z');
const estate = estateFrom(ESTATE);
const spam = policyFrom(SIMPLE, 'spam.yaml');
const slowSpam = policyFrom(`${SIMPLE}rollout: {bake: 1h}\n`, 'spam.yaml');
const phish = policyFrom(SIMPLE.replace('spam-filter', 'phish-filter').replace('spam-online', 'phish'), 'phish.yaml');
const thief = policyFrom(SIMPLE.replace('spam-filter', 'thief'), 'thief.yaml');

let store: PolicyStoreTwin;
beforeEach(() => {
  store = new PolicyStoreTwin();
});

describe('publish', () => {
  it('points at texts that can be read back', async () => {
    const outcome = await publishTo(store, [spam], estate, MONDAY);
    expect(outcome).toEqual({ kind: 'published', changed: ['spam-filter', 'estate'], kept: [] });
    const published = store.pointer?.publication.policies['spam-filter'];
    expect(published?.publishedAt).toBe('2026-11-23T09:00:00.000Z');
    expect(parseStoredPolicy(store.texts.get(published?.hash ?? '') ?? '')).toEqual(spam.policy);
    expect(store.texts.has(store.pointer?.publication.estateHash ?? '')).toBe(true);
  });

  it('twice is once: the pointer does not move and the time stays', async () => {
    await publishTo(store, [spam], estate, MONDAY);
    const again = await publishTo(store, [spam], estate, TUESDAY);
    expect(again).toEqual({ kind: 'published', changed: [], kept: ['spam-filter', 'estate'] });
    expect(store.moves).toBe(1);
    const monday = { publishedAt: MONDAY.toISOString(), changedAt: MONDAY.toISOString() };
    expect(store.pointer?.publication.policies['spam-filter']).toMatchObject(monday);
  });

  it('a changed policy leaves the old text for releases that began under it, and the time it was first published', async () => {
    await publishTo(store, [spam], estate, MONDAY);
    const before = store.pointer?.publication.policies['spam-filter']?.hash ?? '';
    await publishTo(store, [slowSpam], undefined, TUESDAY);
    const after = store.pointer?.publication.policies['spam-filter'];
    expect(after?.hash).not.toBe(before);
    expect(after).toMatchObject({ publishedAt: MONDAY.toISOString(), changedAt: TUESDAY.toISOString() });
    expect(store.texts.has(before)).toBe(true);
  });

  it('keeps the policies of other models, and the estate when none is given', async () => {
    await publishTo(store, [spam], estate, MONDAY);
    expect(await publishTo(store, [phish], undefined, TUESDAY)).toEqual({
      kind: 'published',
      changed: ['phish-filter'],
      kept: [],
    });
    expect(Object.keys(store.pointer?.publication.policies ?? {})).toEqual(['spam-filter', 'phish-filter']);
  });

  it('needs an estate the first time', async () => {
    expect(await publishTo(store, [spam], undefined, MONDAY)).toEqual({ kind: 'noEstate' });
    expect(store.pointer).toBeUndefined();
  });

  it('refuses an endpoint that an already published policy has, and changes nothing', async () => {
    await publishTo(store, [spam], estate, MONDAY);
    const outcome = await publishTo(store, [thief], undefined, TUESDAY);
    expect(outcome.kind === 'refused' ? outcome.faults.map(faultLine) : outcome).toEqual([
      'thief.yaml:5:40 environments.prod.endpoint: expected an endpoint of its own; spam-online in ml-prod belongs to spam-filter in prod (published policy of spam-filter)',
    ]);
    expect(Object.keys(store.pointer?.publication.policies ?? {})).toEqual(['spam-filter']);
  });

  it('refuses an estate that a published policy does not fit', async () => {
    await publishTo(store, [spam], estate, MONDAY);
    const floor = estateFrom(`${ESTATE}floor: {prod: {minBake: 1h}}\n`);
    const outcome = await publishTo(store, [], floor, TUESDAY);
    expect(outcome.kind === 'refused' ? outcome.faults.map(faultLine) : outcome).toEqual([
      "published policy of spam-filter rollout.bake: expected at least 1h, the estate's floor for prod; got 10m",
    ]);
    expect(await publishTo(store, [slowSpam], floor, TUESDAY)).toMatchObject({ kind: 'published' });
  });

  it('checks anew what somebody else published in the meantime', async () => {
    await publishTo(store, [phish], estate, MONDAY);
    store.meanwhile = async () => {
      await publishTo(store, [spam], undefined, MONDAY);
    };
    expect(await publishTo(store, [thief], undefined, TUESDAY)).toMatchObject({ kind: 'refused' });
    expect(Object.keys(store.pointer?.publication.policies ?? {})).toEqual(['phish-filter', 'spam-filter']);
  });

  it('a published policy that cannot be read stops everybody but the one who replaces it', async () => {
    await publishTo(store, [spam], estate, MONDAY);
    store.texts.set(store.pointer?.publication.policies['spam-filter']?.hash ?? '', '{"steward": 9}');
    await expect(publishTo(store, [phish], undefined, TUESDAY)).rejects.toThrow(BadInput);
    expect(await publishTo(store, [slowSpam, phish], undefined, TUESDAY)).toMatchObject({ kind: 'published' });
  });
});
