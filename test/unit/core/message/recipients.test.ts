import { expect, test } from 'vitest';
import { recipients } from '../../../../src/lib/core/message/recipients.ts';
import type { Notice } from '../../../../src/lib/core/notice.ts';
import type { EstateChannel } from '../../../../src/lib/core/policy/estate.ts';
import type { EnvironmentPolicy, TrainingPolicy } from '../../../../src/lib/core/policy/policy.ts';

const channels: Record<string, EstateChannel> = {
  oncall: { kind: 'email', to: ['Night@example.com', 'day@example.com'] },
  topic: { kind: 'eventGrid', endpoint: 'https://topic/api/events' },
  otherTopic: { kind: 'eventGrid', endpoint: 'https://other/api/events' },
};
const policy = (notify: Partial<Record<'page' | 'decide' | 'inform', readonly string[]>>) => ({
  owners: ['owner@example.com'],
  notify: { page: [], decide: [], inform: [], ...notify },
});
const page = { kind: 'rollbackNotVerified', audience: 'page' } as const;
const end = { kind: 'rolledBack', audience: 'inform' } as const;

type Row = [
  string,
  Pick<Notice, 'kind' | 'audience'>,
  Pick<EnvironmentPolicy, 'notify' | 'owners' | 'training' | 'bring'>,
  string[],
];

const training: TrainingPolicy = {
  from: { kind: 'champion' }, when: {}, cooldownMs: 0, budget: { runs: 4, perMs: 1 }, deadline: { startMs: 1, finishMs: 1 },
  output: 'model', unregistered: 'ignore', dataOwners: ['data@example.com'],
}; // prettier-ignore
const broken = { kind: 'badData', audience: 'decide' } as const;
const failed = { kind: 'trainingFailed', audience: 'decide' } as const;
const started = { kind: 'trainingStarted', audience: 'inform' } as const;

test.each([
  ['the audience decides', page, policy({ page: ['oncall'], inform: ['a@b.c'] }), ['oncall']],
  ['the owners where nobody is named', page, policy({}), ['owner@example.com']],
  [
    'only what brings versions when one is to be brought',
    { kind: 'bringAsked', audience: 'decide' },
    { ...policy({ decide: ['a@b.c'] }), bring: 'ci' },
    ['ci'],
  ],
  ['every event topic when a release ends', end, policy({ inform: ['a@b.c'] }), ['a@b.c', 'topic', 'otherTopic']],
  ['a named topic only then, and once', end, policy({ inform: ['topic'] }), ['topic', 'otherTopic']],
  ['no topic for anything else', page, policy({ page: ['topic', 'a@b.c'] }), ['a@b.c']],
  ['no topic for a training', started, policy({ inform: ['topic', 'a@b.c'] }), ['a@b.c']],
  [
    'broken data goes to the data’s people, and to the model’s: its training is held',
    broken,
    { ...policy({ decide: ['a@b.c'] }), training },
    ['data@example.com', 'a@b.c'],
  ],
  [
    'to the model’s alone where none are named',
    broken,
    { ...policy({ decide: ['a@b.c'] }), training: { ...training, dataOwners: [] } },
    ['a@b.c'],
  ],
  [
    'to the owners where nobody decides',
    broken,
    { ...policy({}), training },
    ['data@example.com', 'owner@example.com'],
  ],
  ['other news of a training does not', failed, { ...policy({ decide: ['a@b.c'] }), training }, ['a@b.c']],
  ['each once', page, policy({ page: ['a@b.c', 'a@b.c', 'oncall'] }), ['a@b.c', 'oncall']],
  ['not twice by two ways', page, policy({ page: ['night@example.com', 'oncall'] }), ['oncall']],
  ['an unknown name stays, so that its delivery can fail visibly', page, policy({ page: ['gone'] }), ['gone']],
] satisfies Row[])('%s', (_name, notice, given, expected) => {
  expect(recipients(notice, given, { channels })).toEqual(expected);
});
