import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Split } from '../../../src/lib/core/lifecycle.ts';
import type { DeploymentPlan } from '../../../src/lib/core/policy/policy.ts';
import type { DeploymentUpdates, Endpoints } from '../../../src/lib/ports.ts';
import { outcome } from './outcome.ts';

export interface GivenEndpoint {
  readonly traffic: Split;
  readonly mirror?: Split;
  /** As an earlier write of ours left it. */
  readonly marks?: { readonly generation: number; readonly split: Split; readonly mirror?: Split };
  /** Deployment -> version of model `spam` (1 or 2 exist), and our mark. */
  readonly deployments: Record<string, { readonly version: string; readonly stewardId?: string }>;
}

export interface EndpointsRig {
  readonly endpoints: Endpoints;
  /** Of the same endpoints. */
  readonly updates: DeploymentUpdates;
  readonly workspace: string;
  /** What a first deployment needs. */
  readonly plan: DeploymentPlan;
  given(endpoint: string, given: GivenEndpoint): void;
  /** Another operation on the endpoint begins; `settled` ends it too. */
  busy(endpoint: string): void;
  /** A deployment of it is being changed; `settled` ends it too. */
  changing(endpoint: string, deployment: string): void;
  settled(endpoint: string): Promise<void>;
  /** Room for no deployment more; undone by calling the returned function. */
  full(): () => void;
  /** Endpoint and deployments as the world holds them. */
  snapshot(endpoint: string): unknown;
  close(): Promise<void>;
}

const blueGreen = { blue: { version: '1' }, green: { version: '2', stewardId: 'ours' } };

const all = { blue: 100 };

const plan = (changes: object = {}) => ({
  deployment: 'green', model: 'spam', version: '2', like: 'blue', plan: {}, stewardId: 'ours', ...changes,
}); // prettier-ignore

/** A batch endpoint has a default deployment: all traffic or none, and no copies. */
export function endpointsContract(
  name: string,
  open: () => Promise<EndpointsRig>,
  serves: 'online' | 'batch' = 'online',
): void {
  const isBatch = serves === 'batch';
  const kind = isBatch ? { serves } : {};
  /** A split that the kind can have, and that is not `all`. */
  const moved: Split = isBatch ? { green: 100 } : { blue: 90, green: 10 };
  describe(`Endpoints: ${name}`, () => {
    let rig: EndpointsRig;
    beforeAll(async () => {
      rig = await open();
    });
    afterAll(() => rig.close());
    const endpoint = (at: string) => rig.endpoints.endpoint(rig.workspace, at);
    const setTraffic = (at: string, expected: Split, desired: Split, generation: number) =>
      rig.endpoints.setTraffic(rig.workspace, at, { expected, desired, generation });
    const mirror = (
      at: string,
      expected: Split,
      desired: Split,
      generation: number,
      split: [Split, Split] = [all, all],
    ) =>
      rig.endpoints.setTraffic(rig.workspace, at, {
        expected: split[0],
        desired: split[1],
        mirror: { expected, desired },
        generation,
      });
    const create = (at: string, changes: object = {}) =>
      rig.endpoints.createDeployment(rig.workspace, at, plan(changes));
    const remove = (at: string, deployment: string, allowed?: { foreign: boolean }) =>
      rig.endpoints.deleteDeployment(rig.workspace, at, deployment, allowed);
    const names = async (at: string) =>
      (await rig.endpoints.deployments(rig.workspace, at)).map((fact) => fact.name).toSorted();

    const blue = async (at: string) =>
      (await rig.endpoints.deployments(rig.workspace, at)).find((fact) => fact.name === 'blue');

    describe('facts', () => {
      test('an endpoint is told with its traffic and our marks', async () => {
        const marks = { generation: 7, split: { blue: 100 } };
        rig.given('facts', { traffic: { blue: 100 }, marks, deployments: blueGreen });
        expect(await endpoint('facts')).toEqual({
          state: 'ready',
          traffic: { blue: 100 },
          stewardGeneration: 7,
          stewardSplit: { blue: 100 },
          ...kind,
        });
      });

      test('an endpoint that was never ours has no marks; one that is being changed is busy', async () => {
        rig.given('never-ours', { traffic: { blue: 100 }, deployments: blueGreen });
        rig.busy('never-ours');
        expect(await endpoint('never-ours')).toEqual({ state: 'busy', traffic: { blue: 100 }, ...kind });
      });

      test('deployments are told with model, version and our mark', async () => {
        rig.given('facts-two', { traffic: { blue: 100 }, deployments: blueGreen });
        const facts = await rig.endpoints.deployments(rig.workspace, 'facts-two');
        const model = (version: string) => `${rig.workspace}/models/spam/versions/${version}`;
        expect(facts.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
          { name: 'blue', state: 'ready', model: model('1'), version: '1' },
          { name: 'green', state: 'ready', model: model('2'), version: '2', stewardId: 'ours' },
        ]);
      });

      test('an unknown endpoint is absent and has no deployments', async () => {
        expect(await endpoint('nope')).toBe('absent');
        expect(await names('nope')).toEqual([]);
      });
    });

    describe('setTraffic', () => {
      test('moves traffic and leaves generation and split as marks; twice is once', async () => {
        rig.given('move', { traffic: { blue: 100 }, deployments: blueGreen });
        await setTraffic('move', { blue: 100 }, moved, 3);
        await rig.settled('move');
        expect(await endpoint('move')).toEqual({
          state: 'ready',
          traffic: moved,
          stewardGeneration: 3,
          stewardSplit: moved,
          ...kind,
        });
        const once = rig.snapshot('move');
        await setTraffic('move', { blue: 100 }, moved, 3);
        expect(rig.snapshot('move')).toEqual(once);
      });

      test('a weight of zero is the same as none', async () => {
        rig.given('zero', { traffic: { blue: 100, green: 0 }, deployments: blueGreen });
        await setTraffic('zero', { blue: 100 }, { blue: 0, green: 100 }, 1);
        await rig.settled('zero');
        expect(await endpoint('zero')).toMatchObject({ traffic: { green: 100 }, stewardSplit: { green: 100 } });
      });

      test('traffic that is not as expected is foreign, and stays', async () => {
        rig.given('foreign', { traffic: isBatch ? { green: 100 } : { blue: 50, green: 50 }, deployments: blueGreen });
        const before = rig.snapshot('foreign');
        expect(await outcome(setTraffic('foreign', { blue: 100 }, { green: 100 }, 1))).toBe('Refused(foreign)');
        expect(rig.snapshot('foreign')).toEqual(before);
      });

      test('a newer generation makes ours stale, also when traffic is as expected', async () => {
        const marks = { generation: 9, split: { blue: 100 } };
        rig.given('stale', { traffic: { blue: 100 }, marks, deployments: blueGreen });
        const before = rig.snapshot('stale');
        expect(await outcome(setTraffic('stale', { blue: 100 }, { green: 100 }, 8))).toBe('Refused(stale)');
        expect(rig.snapshot('stale')).toEqual(before);
      });

      test('an older generation of ours is written over', async () => {
        const marks = { generation: 2, split: { blue: 100 } };
        rig.given('older', { traffic: { blue: 100 }, marks, deployments: blueGreen });
        await setTraffic('older', { blue: 100 }, { green: 100 }, 3);
        await rig.settled('older');
        expect(await endpoint('older')).toMatchObject({ traffic: { green: 100 }, stewardGeneration: 3 });
      });

      test('while another operation runs it has to wait', async () => {
        rig.given('waits', { traffic: { blue: 100 }, deployments: blueGreen });
        rig.busy('waits');
        const before = rig.snapshot('waits');
        expect(await outcome(setTraffic('waits', { blue: 100 }, { green: 100 }, 1))).toBe('Unavailable(busy)');
        expect(rig.snapshot('waits')).toEqual(before);
      });

      test('a split that names no deployment, or does not sum to 0 or 100, is refused', async () => {
        rig.given('bad-split', { traffic: { blue: 100 }, deployments: blueGreen });
        const before = rig.snapshot('bad-split');
        expect(await outcome(setTraffic('bad-split', { blue: 100 }, { red: 100 }, 1))).toBe('Refused(invalid)');
        expect(await outcome(setTraffic('bad-split', { blue: 100 }, { blue: 80, green: 10 }, 1))).toBe(
          'Refused(invalid)',
        );
        expect(rig.snapshot('bad-split')).toEqual(before);
      });

      test('an unknown endpoint is refused', async () => {
        expect(await outcome(setTraffic('nope', {}, { blue: 100 }, 1))).toBe('Refused(notFound)');
      });
    });

    test.runIf(isBatch)('what has one default deployment can neither share nor copy', async () => {
      rig.given('no-shares', { traffic: all, deployments: blueGreen });
      const before = rig.snapshot('no-shares');
      expect(await outcome(setTraffic('no-shares', all, { blue: 90, green: 10 }, 1))).toBe('Refused(invalid)');
      expect(await outcome(mirror('no-shares', {}, { green: 20 }, 1))).toBe('Refused(invalid)');
      expect(rig.snapshot('no-shares')).toEqual(before);
    });

    test.runIf(isBatch)('the default deployment can be taken away, as a first version that is taken back needs it', async () => {
      rig.given('no-default', { traffic: all, deployments: blueGreen });
      await setTraffic('no-default', all, {}, 2);
      await rig.settled('no-default');
      expect(await endpoint('no-default')).toEqual({ state: 'ready', traffic: {}, stewardGeneration: 2, stewardSplit: {}, ...kind });
    }); // prettier-ignore

    describe.skipIf(isBatch)('setTraffic, what is mirrored', () => {
      test('is written and read back with the split, under the same generation; twice is once', async () => {
        rig.given('mirror', { traffic: all, deployments: blueGreen });
        await mirror('mirror', {}, { green: 20 }, 3);
        await rig.settled('mirror');
        expect(await endpoint('mirror')).toEqual({
          state: 'ready',
          traffic: all,
          mirror: { green: 20 },
          stewardGeneration: 3,
          stewardSplit: all,
          stewardMirror: { green: 20 },
        });
        const once = rig.snapshot('mirror');
        await mirror('mirror', {}, { green: 20 }, 3);
        expect(rig.snapshot('mirror')).toEqual(once);
      });

      test('is off when it is not asked for, and our marks say so', async () => {
        const marks = { generation: 3, split: all, mirror: { green: 20 } };
        rig.given('mirror-off', { traffic: all, mirror: { green: 20 }, marks, deployments: blueGreen });
        await mirror('mirror-off', { green: 20 }, {}, 4);
        await rig.settled('mirror-off');
        expect(await endpoint('mirror-off')).toEqual({
          state: 'ready',
          traffic: all,
          stewardGeneration: 4,
          stewardSplit: all,
        });
      });

      test('gives way in the same write to live traffic for the same deployment', async () => {
        rig.given('mirror-live', { traffic: all, mirror: { green: 20 }, deployments: blueGreen });
        await mirror('mirror-live', { green: 20 }, {}, 1, [all, { blue: 90, green: 10 }]);
        await rig.settled('mirror-live');
        const now = await endpoint('mirror-live');
        expect(now).toMatchObject({ traffic: { blue: 90, green: 10 } });
        expect(now).not.toHaveProperty('mirror');
      });

      test('when it is not as expected it is foreign, and stays', async () => {
        rig.given('mirror-foreign', { traffic: all, mirror: { green: 20 }, deployments: blueGreen });
        const before = rig.snapshot('mirror-foreign');
        expect(await outcome(setTraffic('mirror-foreign', all, { green: 100 }, 1))).toBe('Refused(foreign)');
        expect(await outcome(mirror('mirror-foreign', { green: 10 }, {}, 1))).toBe('Refused(foreign)');
        expect(await outcome(mirror('mirror-foreign', {}, { green: 30 }, 1))).toBe('Refused(foreign)');
        expect(rig.snapshot('mirror-foreign')).toEqual(before);
      });

      test('when somebody took it off again under our generation, it is foreign as well', async () => {
        const marks = { generation: 3, split: all, mirror: { green: 20 } };
        rig.given('mirror-undone', { traffic: all, marks, deployments: blueGreen });
        expect(await outcome(mirror('mirror-undone', { green: 10 }, { green: 20 }, 3))).toBe('Refused(foreign)');
      });

      test('a mirror above 50 %, to two, or to what is live is refused', async () => {
        const three = { ...blueGreen, grey: { version: '2' } };
        rig.given('mirror-bad', { traffic: all, deployments: three });
        const before = rig.snapshot('mirror-bad');
        expect(await outcome(mirror('mirror-bad', {}, { green: 51 }, 1))).toBe('Refused(invalid)');
        expect(await outcome(mirror('mirror-bad', {}, { green: 10, grey: 10 }, 1))).toBe('Refused(invalid)');
        expect(await outcome(mirror('mirror-bad', {}, { blue: 10 }, 1))).toBe('Refused(invalid)');
        expect(rig.snapshot('mirror-bad')).toEqual(before);
      });
    });

    describe('createDeployment', () => {
      const onlyBlue = { blue: { version: '1' } };

      test('makes one like another, with our version and mark and no traffic; twice is once', async () => {
        rig.given('create', { traffic: { blue: 100 }, deployments: onlyBlue });
        await create('create');
        await rig.settled('create');
        const facts = await rig.endpoints.deployments(rig.workspace, 'create');
        expect(facts.find((fact) => fact.name === 'green')).toEqual({
          name: 'green',
          state: 'ready',
          model: `${rig.workspace}/models/spam/versions/2`,
          version: '2',
          stewardId: 'ours',
        });
        expect(await endpoint('create')).toMatchObject({ traffic: { blue: 100 } });
        const once = rig.snapshot('create');
        await create('create');
        expect(rig.snapshot('create')).toEqual(once);
      });

      test('a name that somebody else has is foreign, and left alone', async () => {
        rig.given('taken', { traffic: { blue: 100 }, deployments: { ...onlyBlue, green: { version: '1' } } });
        const before = rig.snapshot('taken');
        expect(await outcome(create('taken'))).toBe('Refused(foreign)');
        expect(rig.snapshot('taken')).toEqual(before);
      });

      test('nothing to copy, an unknown copy, an unknown version and an unknown endpoint are refused', async () => {
        rig.given('lacks', { traffic: { blue: 100 }, deployments: onlyBlue });
        const before = rig.snapshot('lacks');
        expect(await outcome(create('lacks', { like: undefined }))).toBe('Refused(invalid)');
        expect(await outcome(create('lacks', { like: 'red' }))).toBe('Refused(notFound)');
        expect(await outcome(create('lacks', { version: '99' }))).toBe('Refused(notFound)');
        expect(await outcome(create('nope'))).toBe('Refused(notFound)');
        expect(rig.snapshot('lacks')).toEqual(before);
      });

      test.skipIf(isBatch)(
        'the first of an endpoint is as the plan says; without one there is nothing to go by',
        async () => {
          rig.given('first', { traffic: {}, deployments: {} });
          expect(await outcome(create('first', { like: undefined }))).toBe('Refused(invalid)');
          await create('first', { like: undefined, plan: rig.plan });
          await rig.settled('first');
          expect(await rig.endpoints.deployments(rig.workspace, 'first')).toMatchObject([{ name: 'green', version: '2', stewardId: 'ours' }]); // prettier-ignore
        },
      );

      test.skipIf(isBatch)('where there is no endpoint that is made first, and only it; twice is once', async () => {
        const first = { like: undefined, plan: { ...rig.plan, createEndpoint: 'key' } };
        await create('made', first);
        await rig.settled('made');
        expect([await endpoint('made'), await names('made')]).toEqual([{ state: 'ready', traffic: {} }, []]);
        await create('made', first);
        await rig.settled('made');
        expect(await names('made')).toEqual(['green']);
      });

      test.skipIf(isBatch)('without room it is refused by quota', async () => {
        rig.given('full', { traffic: { blue: 100 }, deployments: onlyBlue });
        const room = rig.full();
        try {
          expect(await outcome(create('full'))).toBe('Refused(quota)');
        } finally {
          room();
        }
        expect(await names('full')).toEqual(['blue']);
      });

      test('while another operation runs it has to wait', async () => {
        rig.given('create-waits', { traffic: { blue: 100 }, deployments: onlyBlue });
        rig.busy('create-waits');
        expect(await outcome(create('create-waits'))).toBe('Unavailable(busy)');
        expect(await names('create-waits')).toEqual(['blue']);
      });
    });

    describe.skipIf(isBatch)('update', () => {
      const change = { deployment: 'blue', model: 'spam', version: '2', expected: '1', generation: 5 };
      const update = (at: string, changes: object = {}) =>
        rig.updates.update(rig.workspace, at, { ...change, ...changes });

      test('exchanges the model of what serves and leaves traffic alone; twice is once', async () => {
        rig.given('update', { traffic: all, deployments: { blue: { version: '1' } } });
        await update('update');
        await rig.settled('update');
        expect(await blue('update')).toEqual({ name: 'blue', state: 'ready', model: `${rig.workspace}/models/spam/versions/2`, version: '2', stewardGeneration: 5 }); // prettier-ignore
        expect(await endpoint('update')).toMatchObject({ traffic: all });
        const once = rig.snapshot('update');
        await update('update');
        expect(rig.snapshot('update')).toEqual(once);
      });

      test('and back; a late write of an older generation is refused', async () => {
        rig.given('update-back', { traffic: all, deployments: { blue: { version: '1' } } });
        await update('update-back');
        await rig.settled('update-back');
        await update('update-back', { version: '1', expected: '2', back: true, generation: 6 });
        await rig.settled('update-back');
        expect(await outcome(update('update-back'))).toBe('Refused(stale)');
        await update('update-back', { version: '1', expected: '2', back: true, generation: 9 });
        await rig.settled('update-back');
        expect(await outcome(update('update-back', { generation: 8 }))).toBe('Refused(stale)');
        expect(await blue('update-back')).toMatchObject({ state: 'ready', version: '1' });
      });

      test('not over somebody else’s change, nor while another operation runs, nor of what is not there', async () => {
        rig.given('update-not', { traffic: all, deployments: { blue: { version: '2' } } });
        const before = rig.snapshot('update-not');
        expect(await outcome(update('update-not', { version: '1', expected: '3' }))).toBe('Refused(foreign)');
        expect(await outcome(update('update-not', { version: '99', expected: '2' }))).toBe('Refused(notFound)');
        expect(await outcome(update('update-not', { deployment: 'red' }))).toBe('Refused(notFound)');
        expect(await outcome(update('nope'))).toBe('Refused(notFound)');
        expect(rig.snapshot('update-not')).toEqual(before);
        rig.changing('update-not', 'blue');
        expect(await outcome(update('update-not', { version: '1', expected: '2' }))).toBe('Unavailable(busy)');
      });
    });

    describe('deleteDeployment', () => {
      test('deletes ours at 0 %; gone already is fine', async () => {
        rig.given('delete', { traffic: { blue: 100, green: 0 }, deployments: blueGreen });
        await remove('delete', 'green');
        await rig.settled('delete');
        expect(await names('delete')).toEqual(['blue']);
        const once = rig.snapshot('delete');
        await remove('delete', 'green');
        await remove('nope', 'green');
        expect(rig.snapshot('delete')).toEqual(once);
      });

      test.each([
        ['live', { traffic: moved }],
        ...(isBatch ? [] : [['mirrored', { traffic: { blue: 100 }, mirror: { green: 10 } }] as const]),
      ] as const)('with %s traffic it is refused', async (kind, traffic) => {
        rig.given(`has-${kind}`, { ...traffic, deployments: blueGreen });
        expect(await outcome(remove(`has-${kind}`, 'green'))).toBe('Refused(conflict)');
        expect(await names(`has-${kind}`)).toEqual(['blue', 'green']);
      });

      test('what is not ours is refused, unless it is allowed', async () => {
        rig.given('not-ours', { traffic: { green: 100 }, deployments: blueGreen });
        expect(await outcome(remove('not-ours', 'blue'))).toBe('Refused(foreign)');
        expect(await names('not-ours')).toEqual(['blue', 'green']);
        await remove('not-ours', 'blue', { foreign: true });
        await rig.settled('not-ours');
        expect(await names('not-ours')).toEqual(['green']);
      });

      test('while another operation runs it has to wait', async () => {
        rig.given('delete-waits', { traffic: { blue: 100 }, deployments: blueGreen });
        rig.busy('delete-waits');
        expect(await outcome(remove('delete-waits', 'green'))).toBe('Unavailable(busy)');
        expect(await names('delete-waits')).toEqual(['blue', 'green']);
      });
    });
  });
}
