import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobFact } from '../../../src/lib/core/step.ts';
import type { Pin } from '../../../src/lib/core/training/state.ts';
import type { TrainingJob, Trainings } from '../../../src/lib/ports/training.ts';
import { outcome } from './outcome.ts';

export interface GivenJob {
  readonly state: JobFact['state'];
  readonly at: Date;
  readonly tags?: Readonly<Record<string, string>>;
  /** Input -> what it points at; output -> its type. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly compute?: string;
  readonly commit?: string;
  /** It is a step of that job. */
  readonly of?: string;
}

export interface TrainingsRig {
  readonly trainings: Trainings;
  readonly workspace: string;
  /** A job that somebody else submitted. */
  job(name: string, given: GivenJob): void;
  /** A step of such a job, which has a run and no more. */
  step(name: string, job: string): void;
  data(name: string, versions: readonly string[]): void;
  /** Of one input `mails`, and a literal `rate` that must be given. */
  component(name: string, versions: readonly string[]): void;
  model(model: string, version: string, given: { jobName?: string; tags?: Record<string, string> }): void;
  /** Ends a job that runs: it began and ended at these times, on one instance. */
  end(name: string, state: 'completed' | 'failed' | 'canceled', times: { from: Date; to: Date }): void;
  /** All jobs and models as the world holds them. */
  snapshot(): unknown;
  close(): Promise<void>;
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute));
const champion = { kind: 'champion' } as const;
const named = (job: string) => ({ kind: 'job', job }) as const;
const component = (inputs: Record<string, string>) =>
  ({ kind: 'component', component: 'train', compute: 'gpu', inputs }) as const;
const pin = (input: string, data: string, version: string): Pin => ({ input, data, version });

const job = (name: string, changes: Partial<TrainingJob> = {}): TrainingJob => ({
  job: name,
  source: 'train-spam',
  from: champion,
  pins: [pin('mails', 'mails', '2')],
  model: 'spam',
  tags: { 'steward.training': '3' },
  stewardId: `id-of-${name}`,
  ...changes,
});

const made = (version: string, stewardId = 'ours') => ({
  version, stewardId, uri: 'azureml://jobs/train-old/outputs/model/paths/', type: 'mlflow_model', job: 'train-old',
  tags: { 'steward.training': '3' },
}); // prettier-ignore

export function trainingsContract(name: string, open: () => Promise<TrainingsRig>): void {
  describe(`Trainings: ${name}`, () => {
    let rig: TrainingsRig;
    beforeAll(async () => {
      rig = await open();
      rig.data('mails', ['1', '2']);
      rig.data('words', ['7']);
      const outputs = { model: 'mlflow_model', report: 'uri_folder' };
      const inputs = { mails: 'azureml:mails:1', words: 'azureml:words@latest', rules: 'azureml://datastores/d/paths/rules' };
      const exact = { mails: 'azureml:mails:1', words: 'azureml:words:7' };
      const tags = { 'steward.template': 'train', team: 'mail' };
      rig.job('train-spam', { state: 'completed', at: at(1), inputs: exact, outputs, compute: 'cpu', commit: '9c1e2b7' });
      rig.job('train-old', { state: 'completed', at: at(2), tags, inputs: { mails: 'azureml:mails:1' }, outputs });
      rig.job('train-new', { state: 'completed', at: at(4), tags, inputs, outputs, compute: 'cpu' });
      rig.job('train-failed', { state: 'failed', at: at(5), tags, inputs, outputs });
      rig.job('train-ours', { state: 'completed', at: at(3), tags: { 'steward.template': 'train', stewardId: 'somebody' } });
      rig.job('train-other', { state: 'completed', at: at(6), tags: { 'steward.template': 'train-other' } });
      rig.job('gone-data', { state: 'completed', at: at(7), inputs: { a: 'azureml:lost:3', b: 'azureml:lost@latest' } });
      rig.job('taken', { state: 'running', at: at(8), tags: { stewardId: 'somebody' }, compute: 'cpu' });
      rig.job('done', { state: 'completed', at: at(8), tags: { stewardId: 'somebody' }, compute: 'cpu' });
      rig.job('strange', { state: 'running', at: at(8), compute: 'cpu' });
      rig.step('step-of-spam', 'train-spam');
      rig.component('train', ['1', '2']);
      rig.model('spam', '6', { jobName: 'step-of-spam' });
      rig.model('spam', '7', {});
      rig.model('letters', '1', { jobName: 'train-new' });
    }); // prettier-ignore
    afterAll(() => rig.close());
    const plan = (from: TrainingJob['from'], version?: string, model = 'spam') =>
      rig.trainings.plan(rig.workspace, model, { from, ...(version !== undefined && { champion: version }) });
    const completed = (since: number, most = 5) =>
      rig.trainings.completed(rig.workspace, 'train', { since: at(since), most });
    const result = (of: string, output = 'model', model = 'spam') =>
      rig.trainings.result(rig.workspace, model, { job: of, output });

    test('the champion is trained again from its own job, on the newest data', async () => {
      expect(await plan(champion, '6')).toEqual({
        source: 'train-spam',
        pins: [pin('mails', 'mails', '2'), pin('words', 'words', '7')],
        unpinned: [],
        championPins: [pin('mails', 'mails', '1'), pin('words', 'words', '7')],
        commit: '9c1e2b7',
        compute: 'cpu',
        onCompute: 1,
      });
    });

    test('a champion that names no job, or one that is unknown, has no source', async () => {
      const nothing = { pins: [], unpinned: [], onCompute: 0 };
      expect(await plan(champion, '7')).toEqual(nothing);
      expect(await plan(champion, '99')).toEqual(nothing);
      expect(await plan(champion)).toEqual(nothing);
    });

    test('the newest completed jobs tagged so that somebody else made since, oldest first', async () => {
      expect(await completed(1)).toEqual(['train-old', 'train-new']);
      expect(await completed(1, 1)).toEqual(['train-new']);
      expect(await completed(2)).toEqual(['train-new']);
      expect(await completed(4)).toEqual([]);
    });

    test('a job of the very name is meant before one that is tagged so', async () => {
      expect(await plan(named('train-old'))).toMatchObject({ source: 'train-old', pins: [pin('mails', 'mails', '2')] });
    });

    test('else the newest completed job tagged so; paths are told as not pinned', async () => {
      const found = await plan(named('train'), '6');
      expect(found).toMatchObject({ source: 'train-new', unpinned: ['rules'] });
      expect(found.pins).toEqual([pin('mails', 'mails', '2'), pin('words', 'words', '7')]);
      expect(found.championPins).toEqual([pin('mails', 'mails', '1'), pin('words', 'words', '7')]);
    });

    test('without such a job there is no source, but what the champion was given is known', async () => {
      const found = await plan(named('nothing'), '6');
      expect(found).toMatchObject({ pins: [], championPins: [{ version: '1' }, { version: '7' }] });
      expect(found).not.toHaveProperty('source');
    }); // prettier-ignore

    test('what the champion was given is not known when a version is missing', async () => {
      expect(await plan(champion, '1', 'letters')).not.toHaveProperty('championPins');
    });

    test('data without any version stays as the job names it, or is not pinned', async () => {
      expect(await plan(named('gone-data'))).toMatchObject({ pins: [pin('a', 'lost', '3')], unpinned: ['b'] });
    });

    test('a component is taken in its newest version, with the inputs of the policy', async () => {
      expect(await plan(component({ mails: 'azureml:mails@latest', rate: '0.1' }))).toEqual({
        source: `${rig.workspace}/components/train/versions/2`,
        pins: [pin('mails', 'mails', '2')],
        unpinned: [],
        compute: 'gpu',
        onCompute: 0,
      });
      expect(await plan({ ...component({}), component: 'nothing' })).not.toHaveProperty('source');
    });

    test('a submitted training is there with our tags, and submitting it twice leaves the world as it was', async () => {
      await rig.trainings.submit(rig.workspace, job('stw-1'));
      const once = rig.snapshot();
      expect(await rig.trainings.job(rig.workspace, 'stw-1')).toMatchObject({ name: 'stw-1' });
      await rig.trainings.submit(rig.workspace, job('stw-1'));
      expect(rig.snapshot()).toEqual(once);
    });

    test('what a training was given is what its plan had pinned, and it counts on its compute', async () => {
      await rig.trainings.submit(rig.workspace, job('stw-2'));
      const found = await plan(named('stw-2'));
      expect(found).toMatchObject({ source: 'stw-2', pins: [pin('mails', 'mails', '2'), pin('words', 'words', '7')] });
      expect(found.onCompute).toBe(3);
    });

    test('what a training is made from knows its commit, and so does what is made from that training', async () => {
      await rig.trainings.submit(rig.workspace, job('stw-5'));
      rig.model('heirs', '1', { jobName: 'stw-5' });
      expect(await plan(champion, '1', 'heirs')).toMatchObject({ source: 'stw-5', commit: '9c1e2b7' });
      await rig.trainings.submit(rig.workspace, job('stw-6', { source: 'stw-5' }));
      rig.model('heirs', '2', { jobName: 'stw-6' });
      expect(await plan(champion, '2', 'heirs')).toMatchObject({ source: 'stw-6', commit: '9c1e2b7' });
      for (const name of ['stw-5', 'stw-6']) rig.end(name, 'completed', { from: at(10), to: at(12) });
    });

    test('a training is not a template for others', async () => {
      await rig.trainings.submit(rig.workspace, job('stw-3', { source: 'train-new', from: named('train') }));
      rig.end('stw-3', 'completed', { from: at(10), to: at(12) });
      expect(await plan(named('train'))).toMatchObject({ source: 'train-new' });
    });

    test('a component becomes a job', async () => {
      const from = component({ mails: 'azureml:mails@latest', rate: '0.1' });
      const source = `${rig.workspace}/components/train/versions/2`;
      await rig.trainings.submit(rig.workspace, job('stw-c', { source, from }));
      const once = rig.snapshot();
      await rig.trainings.submit(rig.workspace, job('stw-c', { source, from }));
      expect(rig.snapshot()).toEqual(once);
      expect(await plan(named('stw-c'))).toMatchObject({ pins: [pin('mails', 'mails', '2')], compute: 'gpu', onCompute: 1 });
    }); // prettier-ignore

    test.each<[string, Partial<TrainingJob>, string]>([
      ['a name that somebody else has', { job: 'taken' }, 'Refused(foreign)'],
      ['a source that is gone', { source: 'gone' }, 'Refused(notFound)'],
      ['a data version that does not exist', { pins: [pin('mails', 'mails', '3')] }, 'Refused(invalid)'],
      ['an input that the source lacks', { pins: [pin('letters', 'mails', '2')] }, 'Refused(invalid)'],
      ['a component that is gone', { from: component({}), source: '/components/train/versions/9' }, 'Refused(notFound)'],
      ['an input that the component lacks', { from: component({ speed: '1', rate: '1' }), source: '/components/train/versions/2', pins: [] }, 'Refused(invalid)'],
    ])('%s is refused, and nothing is changed', async (_, changes, code) => {
      const before = rig.snapshot();
      const source = changes.source?.startsWith('/') === true ? { source: rig.workspace + changes.source } : {};
      const call = rig.trainings.submit(rig.workspace, { ...job('stw-no'), ...changes, ...source });
      expect(await outcome(call)).toBe(code);
      expect(rig.snapshot()).toEqual(before);
    }); // prettier-ignore

    test('a job that ran to its end says when, and how many minutes that took', async () => {
      await rig.trainings.submit(rig.workspace, job('stw-4'));
      expect(await rig.trainings.job(rig.workspace, 'stw-4')).not.toHaveProperty('computeMinutes');
      rig.end('stw-4', 'completed', { from: at(10), to: at(22) });
      expect(await rig.trainings.job(rig.workspace, 'stw-4')).toEqual({
        name: 'stw-4',
        state: 'completed',
        startedAt: at(10).toISOString(),
        endedAt: at(22).toISOString(),
        computeMinutes: 12,
      });
    });

    test('a job of somebody else that carries a template’s name says which, and what it was given', async () => {
      const given = { pins: [pin('mails', 'mails', '1')], unpinned: ['words', 'rules'] };
      expect(await rig.trainings.job(rig.workspace, 'train-new')).toMatchObject({
        state: 'completed',
        template: 'train',
        given,
      });
      const named = {
        template: 'train',
        given: { pins: [pin('mails', 'mails', '1')], unpinned: [], commit: 'c0ffee1' },
      };
      const tags = { 'steward.template': 'train' };
      rig.job('named', { state: 'running', at: at(9), tags, inputs: { mails: 'azureml:mails:1' }, commit: 'c0ffee1' });
      expect(await rig.trainings.job(rig.workspace, 'named')).toMatchObject({ state: 'running', ...named });
    });

    test('a job without that tag, one of ours, and a step of a job do not', async () => {
      const tags = { 'steward.template': 'train' };
      rig.job('ours', { state: 'completed', at: at(9), tags: { ...tags, stewardId: 'x' } });
      rig.job('a-step', { state: 'completed', at: at(9), tags, of: 'train-new' });
      for (const name of ['train-spam', 'ours', 'a-step']) {
        const found = await rig.trainings.job(rig.workspace, name);
        expect(found).toMatchObject({ name, state: 'completed' });
        expect([found]).toEqual([expect.not.objectContaining({ template: expect.anything() })]);
        expect([found]).toEqual([expect.not.objectContaining({ given: expect.anything() })]);
      }
    });

    test('an unknown job is absent, one that waits has no times', async () => {
      rig.job('waits', { state: 'waiting', at: at(9) });
      expect(await rig.trainings.job(rig.workspace, 'nope')).toBe('absent');
      expect(await rig.trainings.job(rig.workspace, 'waits')).toEqual({ name: 'waits', state: 'waiting' });
    });

    test('a job that left a model which nobody registered has an output', async () => {
      const output = { uri: 'azureml://jobs/train-spam/outputs/model/paths/', type: 'mlflow_model' };
      expect(await result('train-spam', 'model', 'unheard')).toEqual({ output, nextVersion: '1' });
      expect(await result('train-spam', 'weights', 'unheard')).toEqual({ nextVersion: '1' });
    });

    test('the version that came from the job, or from a step of it, is its result; of several the last', async () => {
      expect(await result('train-spam')).toEqual({ version: '6', nextVersion: '8' });
      rig.model('spam', '10', { jobName: 'train-spam' });
      rig.model('spam', '9', { jobName: 'train-spam' });
      expect(await result('train-spam')).toEqual({ version: '10', nextVersion: '11' });
    });

    test('a version of another job is not its result', async () => {
      expect(await result('train-new')).toMatchObject({ output: { uri: 'azureml://jobs/train-new/outputs/model/paths/' } });
      expect(await result('train-new')).not.toHaveProperty('version');
    }); // prettier-ignore

    test('a model is registered as the result of its job; registering twice leaves the world as it was', async () => {
      await rig.trainings.register(rig.workspace, 'fresh', made('1'));
      const once = rig.snapshot();
      await rig.trainings.register(rig.workspace, 'fresh', made('1'));
      expect(rig.snapshot()).toEqual(once);
      expect(await result('train-old', 'model', 'fresh')).toEqual({ version: '1', nextVersion: '2' });
      expect(await plan(champion, '1', 'fresh')).toMatchObject({ source: 'train-old' });
    });

    test('a version that somebody else took is refused as foreign, and left alone', async () => {
      const before = rig.snapshot();
      expect(await outcome(rig.trainings.register(rig.workspace, 'spam', made('7')))).toBe('Refused(foreign)');
      expect(await outcome(rig.trainings.register(rig.workspace, 'fresh', made('1', 'theirs')))).toBe('Refused(foreign)');
      expect(rig.snapshot()).toEqual(before);
    }); // prettier-ignore

    test('a model of a job that never was is refused', async () => {
      const lost = { ...made('5'), uri: 'azureml://jobs/never/outputs/model/paths/', job: 'never' };
      expect(await outcome(rig.trainings.register(rig.workspace, 'fresh', lost))).toBe('Refused(invalid)');
    });
  });
}
