/** What is said of a batch endpoint: it has a default deployment where an online one has shares of traffic, and no metrics. */
import { sameSplit, type Split } from '../lifecycle.ts';
import type { Notice, NoticeKind } from '../notice.ts';
import { checks, judgedOn, traffic, why, whyBeside } from './evidence.ts';
import { time } from './figures.ts';
import { challengerOf, championOf, goesOn, line, stillServes, type Choice, type Letter, type Part } from './letter.ts';
import type { Links } from './links.ts';
import { whereFrom } from './origin.ts';

/** The other kinds say nothing that is not true of both. */
export const BATCH_LETTERS: Readonly<Partial<Record<NoticeKind, (notice: Notice, links: Links) => Letter>>> = {
  released,
  rejected,
  rolledBack,
  superseded,
  rollbackNotVerified,
  trafficHeld,
};

function released(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const champion = championOf(notice);
  const since = notice.steps?.at(-1)?.at;
  return {
    subject: `${version} released, is the default deployment${champion === undefined ? '' : ` instead of ${champion}`}`,
    mood: 'calm',
    headline: `${version} is the default deployment${since === undefined ? '' : ` since ${time(since, notice.at)}`}: jobs that name no deployment run on it. Nothing to do.`,
    parts: [
      ...line('Why', notice.sentence),
      ...checks(notice),
      ...judgedOn(notice),
      ...whereFrom(notice),
      ...wayBack(notice, champion, links),
    ],
  };
}

function wayBack({ keptUntil, at }: Notice, champion: string | undefined, links: Links): Part[] {
  if (keptUntil === undefined || champion === undefined) return [];
  const text = `Make ${champion} the default deployment again (rollback; put in your name and reason):`;
  return [
    ...line('Kept', `${champion} stays deployed until ${time(keptUntil, at)}, then is deleted.`),
    { kind: 'choices', label: 'Way back until then', choices: [{ text, command: links.send('rollback') }] },
  ];
}

function rejected(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const again: Choice = { text: `Judge ${version} again (retry; put in your name and reason):`, command: links.send('retry') }; // prettier-ignore
  return {
    subject: `${version} rejected${notice.sentence === undefined ? '' : `: ${withoutStop(notice.sentence)}`}`,
    mood: 'calm',
    headline: `${version} will not be deployed. ${stillServes(notice)}; the default deployment did not change.`,
    parts: [
      ...whyBeside(notice),
      ...checks(notice),
      ...judgedOn(notice),
      ...whereFrom(notice),
      { kind: 'choices', label: 'To go on', choices: [{ text: `Mend that, then register a new version. ${version} is not tried again by itself.` }, again] }, // prettier-ignore
    ],
  };
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

/** A GET showed the default switched back: that is all that can be verified, and all that is said. */
function rolledBack(notice: Notice): Letter {
  const version = challengerOf(notice);
  // A release that was never the default took no step.
  const early = notice.steps === undefined;
  const { unverified } = notice;
  const now = nowDefault(notice);
  const what = early ? 'failed before it was the default' : 'rolled back';
  return {
    ...(unverified === undefined
      ? { subject: `${version} ${what}, ${now} (verified)`, mood: 'calm', headline: `Safe${early ? '' : since(notice)}: ${now}${proof(notice)}. Nothing to do now.` } // prettier-ignore
      : { subject: `${version} ${what}; ${withoutStop(unverified)}`, mood: early ? 'calm' : 'act', headline: `The release of ${version} ended. ${unverified}` }), // prettier-ignore
    parts: [
      ...why(notice),
      ...(unverified === undefined ? [] : traffic(notice)),
      ...line('Jobs on it', early ? `none but the test job: ${version} was never the default.` : onIt(notice, version)),
      ...checks(notice),
      ...whereFrom(notice),
      ...afterwards(notice, version),
    ],
  };
}

function superseded(notice: Notice): Letter {
  const letter = rolledBack(notice);
  if (notice.unverified !== undefined) return letter;
  return { ...letter, subject: `${challengerOf(notice)} made room for a newer version, ${nowDefault(notice)}` };
}

function nowDefault(notice: Notice): string {
  const champion = championOf(notice);
  return champion === undefined ? 'there is no default deployment' : `${champion} is the default deployment`;
}

function since({ restoredAt, at }: Notice): string {
  return restoredAt === undefined ? '' : ` since ${time(restoredAt, at)}`;
}

function proof({ restoredAt, at }: Notice): string {
  return restoredAt === undefined ? '' : ` (read back from Azure ${time(restoredAt, at)})`;
}

function onIt({ steps = [], restoredAt, at }: Notice, version: string): string {
  const from = steps[0]?.at;
  const when = [from === undefined ? '' : ` from ${time(from, at)}`, restoredAt === undefined ? '' : ` until ${time(restoredAt, at)}`].join(''); // prettier-ignore
  return `those started${when} without naming a deployment ran on ${version}; how they fared is not measured, and nothing undoes what they wrote.`;
}

function afterwards({ keptUntil, at }: Notice, version: string): Part[] {
  const kept = keptUntil === undefined ? '' : `${version} stays deployed until ${time(keptUntil, at)} for a look, then is deleted. `; // prettier-ignore
  return line('Afterwards', `${kept}${version} is not tried again by itself.`);
}

function rollbackNotVerified(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const { live, expected } = notice;
  const state = live === undefined || expected === undefined || sameSplit(live, expected)
    ? 'the default deployment could not be read'
    : `${defaultIn(live)} is still the default deployment`; // prettier-ignore
  return {
    subject: `ROLLBACK NOT VERIFIED: ${state}`,
    mood: 'act',
    headline: `Act now: ${version} is being taken back, but at ${time(notice.at, notice.at)} ${state}. ${goesOn(notice)}`,
    parts: [
      ...line('Not verified', notice.sentence),
      ...traffic(notice),
      { kind: 'choices', label: 'What to do', choices: byHand(notice, links) },
      ...why({ ...notice, sentence: `${version} is taken back for: ${notice.cause ?? 'unknown'}.` }),
      ...whereFrom(notice),
    ],
  };
}

function byHand({ endpoint = 'ENDPOINT', expected = {}, wayBack }: Notice, links: Links): Choice[] {
  const look: Choice = { text: 'Look at what Steward sees now:', command: links.show() };
  const target = defaultIn(expected);
  const adopt: Choice = { text: 'Make one deployment of this model the default in Azure ML studio, then (adopt; put in your name and reason):', command: links.send('adopt') }; // prettier-ignore
  if (target === undefined) return wayBack === 'failed' ? [adopt, look] : [look];
  const command = `az ml batch-endpoint update --resource-group GROUP --workspace-name WORKSPACE --name ${endpoint} --set defaults.deployment_name=${target}`;
  return [{ text: 'Switch the default back by hand (or in Azure ML studio: Endpoints, Batch endpoints, Update default deployment):', command }, look]; // prettier-ignore
}

function trafficHeld(notice: Notice, links: Links): Letter {
  const now = defaultIn(notice.live ?? {});
  const keep = now === undefined
    ? 'Make one deployment of this model the default in Azure ML, then (adopt):'
    : `Keep ${now} as the default (adopt):`; // prettier-ignore
  const stands = notice.release === undefined ? '' : ` and the release of ${challengerOf(notice)} stands still`;
  return {
    subject: 'the default deployment was changed, but not by Steward: your choice',
    mood: 'ask',
    headline: `Nothing happens unless you act: the default deployment is not what Steward set, so Steward changes nothing${stands}.`,
    parts: [
      ...traffic(notice),
      ...line('Why', notice.sentence),
      {
        kind: 'choices',
        label: 'What to do: choose one (put in your name and reason)',
        choices: [
          { text: keep, command: links.send('adopt') },
          ...(notice.expected === undefined
            ? []
            : [{ text: 'Put back what Steward expects (revert; then it goes on):', command: links.send('revert') }]),
        ],
      },
    ],
  };
}

function defaultIn(split: Split): string | undefined {
  return Object.entries(split).find(([, percent]) => percent > 0)?.[0];
}
