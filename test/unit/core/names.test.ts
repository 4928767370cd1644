import { describe, expect, test } from 'vitest';
import {
  deploymentName,
  digest,
  evaluationJobName,
  factKey,
  isJobOf,
  jobPrefix,
  stewardId,
  trainingJobName,
  trainingOf,
} from '../../../src/lib/core/names.ts';
import { KEY } from './given.ts';

const OTHER = { environment: 'test', model: 'spam-filter' };

test.each(['7', '1234567890123456', 'v1.2-rc_3', '2026.03.02', 'ä/#?', ''])('version %j gives a name that Azure takes', (version) => {
  const name = deploymentName(KEY, version, 3);
  expect(name).toMatch(/^[A-Za-z](?:[A-Za-z0-9]|-(?!-)){1,30}[A-Za-z0-9]$/);
}); // prettier-ignore

test('names differ by lifecycle, version and release, and are the same each time', () => {
  const names = [deploymentName(KEY, '7', 3), deploymentName(KEY, '7', 4), deploymentName(KEY, '8', 3), deploymentName(OTHER, '7', 3)]; // prettier-ignore
  expect(new Set(names).size).toBe(4);
  expect(deploymentName(KEY, '7', 3)).toBe(names[0]);
  expect(evaluationJobName(KEY, 8, 1)).toMatch(/^stw-[0-9a-f]{12}-e8-a1$/);
  expect(evaluationJobName(KEY, 8, 1).startsWith(jobPrefix(KEY))).toBe(true);
  expect(evaluationJobName(KEY, 8, 1).startsWith(jobPrefix(OTHER))).toBe(false);
  expect(stewardId(KEY, 'a')).not.toBe(stewardId(OTHER, 'a'));
});

test('a job says which training it is of, to its own lifecycle only', () => {
  const job = trainingJobName(KEY, 12, 2);
  expect(job).toMatch(/^stw-[0-9a-f]{12}-t12-a2$/);
  expect(trainingOf(KEY, job)).toBe(12);
  for (const other of [evaluationJobName(KEY, 12, 2), trainingJobName(OTHER, 12, 2), `${job}0x`, 'train-1'])
    expect(trainingOf(KEY, other)).toBeUndefined();
});

test('a lifecycle knows its own jobs, not their children, nor those of others', () => {
  const own = [evaluationJobName(KEY, 8, 1), trainingJobName(KEY, 12, 2)];
  expect(own.map((job) => isJobOf(KEY, job))).toEqual([true, true]);
  const others = [...own.map((job) => `${job}_3`), `${jobPrefix(KEY)}x`, trainingJobName(OTHER, 12, 2), 'train-1', ''];
  expect(others.filter((job) => isJobOf(KEY, job))).toEqual([]);
});

test('a digest does not depend on the order of keys, and on nothing undefined', () => {
  expect(digest({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(digest({ b: { c: [1, 2] }, a: 1 }));
  expect(digest({ a: [1, 2] })).not.toBe(digest({ a: [2, 1] }));
});

describe('the key of a fact', () => {
  test('is one for its two tellings', () => {
    expect(factKey.run('/WS/A', 'r', 'Completed')).toBe(factKey.run('/ws/a', 'r', 'completed'));
    expect(factKey.modelRegistered('/WS', 'm', '1')).toBe(factKey.modelRegistered('/ws', 'm', '1'));
    expect(factKey.monitorTold('/WS', 'r', { a: '1', b: '2' })).toBe(factKey.monitorTold('/ws', 'r', { b: '2', a: '1' })); // prettier-ignore
    expect(factKey.monitorRan('/WS', 'r')).toBe(factKey.monitorRan('/ws', 'r'));
    expect(factKey.datasetDrift('/WS', 'd', 'r')).toBe(factKey.datasetDrift('/ws', 'd', 'r'));
    expect(factKey.newData('/WS', 'd', '1')).toBe(factKey.newData('/ws', 'd', '1'));
    expect(factKey.endpointDiffers(1, { a: 1, b: 2 }, 't')).toBe(factKey.endpointDiffers(1, { b: 2, a: 1 }, 't'));
  });

  test('differs where the facts do', () => {
    const keys = [
      factKey.run('w', 'r', 'completed'), factKey.run('w', 'r', 'failed'), factKey.run('w', 'R', 'failed'), factKey.modelRegistered('w', 'm', '1'),
      factKey.modelDeployed('e'), factKey.command('ada', 'k', { name: 'pause' }), factKey.command('bob', 'k', { name: 'pause' }), factKey.command('ada', 'k', { name: 'resume' }), factKey.outcome(1, 0, 'setTraffic'), factKey.outcome(1, 1, 'setTraffic'), factKey.outcome(2, 0, 'setTraffic'),
      factKey.endpointDiffers(1, {}, 't'), factKey.endpointDiffers(2, {}, 't'),
      factKey.monitorTold('w', 'r', { a: '1' }), factKey.monitorTold('w', 'r', { a: '2' }), factKey.monitorTold('w', 's', { a: '1' }), factKey.monitorRan('w', 'r'), factKey.monitorRan('w', 's'), factKey.monitorsSeen('none', '1'), factKey.monitorsSeen('some', '1'), factKey.monitorsSeen('none', '2'),
      factKey.datasetDrift('w', 'd', 'r'), factKey.datasetDrift('w', 'd', 's'), factKey.newData('w', 'd', '1'), factKey.newData('w', 'd', '2'), factKey.scheduleDue('t'), factKey.scheduleDue('u'),
      factKey.handOver(KEY, 1), factKey.handOver(KEY, 2), factKey.handOver(OTHER, 1),
      factKey.versionHandedOver(KEY, 1, '7'), factKey.versionHandedOver(KEY, 2, '7'), factKey.versionHandedOver(KEY, 1, '8'), factKey.versionHandedOver(OTHER, 1, '7'),
    ]; // prettier-ignore
    expect(new Set(keys).size).toBe(keys.length);
  });
});
