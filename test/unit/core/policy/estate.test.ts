import { describe, expect, it } from 'vitest';
import { ESTATE, estateFrom, estateLinesOf, workspaceId } from './given.ts';

const HEAD = `steward: 1
workspaces:
  ml-prod: {id: ${workspaceId('ml-prod')}, environment: prod}
`;
const ID = '/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.MachineLearningServices/workspaces/NAME';

describe('the estate', () => {
  it('is read whole', () => {
    const text = `${ESTATE}calendars:
  bank-changes: {timeZone: Europe/Zurich, closed: [{from: "2026-12-18 16:00", to: "2027-01-04 08:00"}]}
computes: {cpu: {jobs: 2}}
roles: {ModelRisk: [risk@example.com]}
floor: {prod: {minConfidence: 95%, maxFirstStep: 10%, minBake: 10m, minWatch: 1h, minKeepPrevious: 12h}}
`.replace('net/api/events"', 'net/api/events", key: "setting:TOPIC_KEY"');
    expect(estateLinesOf(text)).toEqual([]);
    expect(estateFrom(text).estate).toEqual({
      workspaces: {
        'ml-prod': { id: workspaceId('ml-prod'), environment: 'prod' },
        'ml-test': { id: workspaceId('ml-test'), environment: 'test' },
      },
      channels: {
        oncall: { kind: 'email', to: ['oncall@example.com'] },
        releases: {
          kind: 'eventGrid',
          endpoint: 'https://releases.westeurope-1.eventgrid.azure.net/api/events',
          key: { setting: 'TOPIC_KEY' },
        },
      },
      calendars: {
        'bank-changes': { timeZone: 'Europe/Zurich', closed: [{ from: '2026-12-18 16:00', to: '2027-01-04 08:00' }] },
      },
      computes: { cpu: { jobs: 2 } },
      roles: { ModelRisk: ['risk@example.com'] },
      floor: {
        prod: {
          minConfidence: 0.95, maxFirstStepPercent: 10, minBakeMs: 600_000, minWatchMs: 3_600_000,
          minKeepPreviousMs: 12 * 3_600_000,
        }, // prettier-ignore
      },
    });
  });

  const rows: readonly { rule: string; text: string; line: string }[] = [
    { rule: 'workspace id', text: HEAD.replace('/workspaces/ml-prod', ''), line: `estate.yaml:3:17 workspaces.ml-prod.id: expected the workspace's resource id, ${ID}, got '/subscriptions/00000000-0000-0000-0000-000000000001/resource...'` },
    { rule: 'one workspace is one environment', text: `${HEAD}  other: {id: ${workspaceId('ML-PROD')}, environment: test}\n`, line: 'estate.yaml:4:15 workspaces.other.id: expected a workspace of its own, got the one of ml-prod: one workspace is exactly one environment' },
    { rule: 'unknown key', text: `${HEAD}chanels: {}\n`, line: "estate.yaml:4:1 chanels: unknown key (did you mean 'channels'?)" },
    { rule: 'a channel of no kind', text: `${HEAD}channels: {a: {}}\n`, line: 'estate.yaml:4:15 channels.a: expected exactly one of email, eventGrid, github, webhook' },
    { rule: 'a channel of two kinds', text: `${HEAD}channels: {a: {email: {to: [a@b.ch]}, eventGrid: {endpoint: "https://x.y"}}}\n`, line: 'estate.yaml:4:15 channels.a: expected exactly one of email, eventGrid, github, webhook' },
    { rule: 'e-mail address', text: `${HEAD}channels: {a: {email: {to: [oncall]}}}\n`, line: "estate.yaml:4:29 channels.a.email.to[0]: expected an e-mail address, got 'oncall'" },
    { rule: 'https only', text: `${HEAD}channels: {a: {eventGrid: {endpoint: "http://x.y/api"}}}\n`, line: "estate.yaml:4:38 channels.a.eventGrid.endpoint: expected the https:// endpoint of a custom topic, got 'http://x.y/api'" },
    { rule: 'no credentials in an address', text: `${HEAD}channels: {a: {eventGrid: {endpoint: "https://me:secret@x.y"}}}\n`, line: "estate.yaml:4:38 channels.a.eventGrid.endpoint: expected the https:// endpoint of a custom topic, got 'https://me:secret@x.y'" },
    { rule: 'secrets by reference', text: `${HEAD}channels: {a: {eventGrid: {endpoint: "https://x.y", key: c2VjcmV0}}}\n`, line: 'estate.yaml:4:58 channels.a.eventGrid.key: expected setting:NAME, naming the app setting that holds the secret, got another text (not repeated here)' },
    { rule: 'a repository has an owner', text: `${HEAD}channels: {a: {github: {repository: mine, token: "setting:T"}}}\n`, line: "estate.yaml:4:37 channels.a.github.repository: expected a repository, owner/name, got 'mine'" },
    { rule: 'a token is named, not written', text: `${HEAD}channels: {a: {github: {repository: me/mine, token: ghp_abc}}}\n`, line: 'estate.yaml:4:53 channels.a.github.token: expected setting:NAME, naming the app setting that holds the secret, got another text (not repeated here)' },
    { rule: 'webhooks are not sent yet', text: `${HEAD}channels: {a: {webhook: {url: "setting:CHAT"}}}\n`, line: 'estate.yaml:4:16 channels.a.webhook: not supported by this version: nothing would be sent' },
    { rule: 'calendar times are quoted', text: `${HEAD}calendars: {c: {closed: [{from: 2026-12-18 16:00, to: "2027-01-04 08:00"}]}}\n`, line: 'estate.yaml:4:33 calendars.c.closed[0].from: expected quotes around 2026-12-18 16:00' },
    { rule: 'calendar order', text: `${HEAD}calendars: {c: {closed: [{from: "2027-12-18 16:00", to: "2027-01-04 08:00"}]}}\n`, line: 'estate.yaml:4:26 calendars.c.closed[0]: expected from before to' },
    { rule: 'no such day', text: `${HEAD}calendars: {c: {closed: [{from: "2026-13-18 16:00", to: "2027-01-04 08:00"}]}}\n`, line: `estate.yaml:4:33 calendars.c.closed[0].from: expected a local time in quotes, such as "2026-12-20 18:00", got '2026-13-18 16:00'` },
    { rule: 'floor', text: `${HEAD}floor: {prod: {minBake: 10}}\n`, line: 'estate.yaml:4:25 floor.prod.minBake: expected a duration with a unit, such as 10m, 24h or 7d, got 10' },
  ]; // prettier-ignore

  it.each(rows)('$rule', ({ text, line }) => {
    expect(estateLinesOf(text)).toContain(line);
  });
});
