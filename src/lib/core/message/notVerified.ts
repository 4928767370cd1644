import { sameSplit, type Split } from '../lifecycle.ts';
import type { Notice } from '../notice.ts';
import { checks, harm, traffic, why } from './evidence.ts';
import { time } from './figures.ts';
import { challengerOf, championOf, goesOn, line, type Choice, type Letter } from './letter.ts';
import type { Links } from './links.ts';
import { whereFrom } from './origin.ts';

/** The one that pages: something bad may still take traffic. */
export function rollbackNotVerified(notice: Notice, links: Links): Letter {
  const version = challengerOf(notice);
  const state = strayState(notice);
  return {
    subject: `ROLLBACK NOT VERIFIED: ${state.short}`,
    mood: 'act',
    headline: `Act now: ${version} is being taken back, but at ${time(notice.at, notice.at)} ${state.long}. ${goesOn(notice)}`,
    parts: [
      ...line('Not verified', notice.sentence),
      ...traffic(notice),
      { kind: 'choices', label: 'What to do', choices: byHand(notice, links) },
      ...why({ ...notice, sentence: `${version} is taken back for: ${notice.cause ?? 'unknown'}.` }),
      ...harm(notice),
      ...checks(notice),
      ...whereFrom(notice),
    ],
  };
}

interface State {
  readonly short: string;
  readonly long: string;
}

function strayState(notice: Notice): State {
  const champion = championOf(notice) ?? 'the version before';
  const { live, expected } = notice;
  if (notice.wayBack === 'updating') return bothly((notice.sentence ?? 'it is not updated back').replace(/\.$/, ''));
  if (live === undefined || expected === undefined)
    return { short: 'live traffic is not known', long: 'live traffic could not be read' };
  if (sameSplit(live, expected) && notice.mirror)
    return { short: `copies of live requests still go to ${challengerOf(notice)}`, long: `traffic is on ${champion}, and ${challengerOf(notice)} still gets copies of it` }; // prettier-ignore
  if (sameSplit(live, expected))
    return { short: `${champion} has all traffic, but not proven healthy`, long: `traffic is back on ${champion}, yet not proven healthy` }; // prettier-ignore
  const stray = Object.keys(live).filter((name) => (live[name] ?? 0) > (expected[name] ?? 0));
  const percent = stray.reduce((sum, name) => sum + (live[name] ?? 0) - (expected[name] ?? 0), 0);
  const where = `on ${strayName(notice, stray)}`;
  return {
    short: `${percent} % still ${where}`,
    long: `Azure still sent ${percent} % of live traffic to ${strayName(notice, stray)}`,
  };
}

function bothly(text: string): State {
  return { short: text, long: text };
}

/** Our deployments are named after their version; anything else is called by its own name. */
function strayName(notice: Notice, stray: readonly string[]): string {
  const prefix = `m${(notice.version ?? '').replace(/[^A-Za-z0-9]/g, '').slice(0, 12)}-`;
  return stray.length === 1 && stray[0]?.startsWith(prefix) ? challengerOf(notice) : stray.join(' and ');
}

function byHand(notice: Notice, links: Links): Choice[] {
  const { live = {}, expected } = notice;
  const look: Choice = { text: 'Look at what Steward sees now:', command: links.show() };
  if (notice.wayBack === 'updating') return [look, { text: `See in Azure ML studio which version the deployment has, and whether its update hangs or failed; its log says why. Where it stays on ${challengerOf(notice)}, update it to ${championOf(notice) ?? 'the version before'} by hand.` }]; // prettier-ignore
  const adopt = notice.wayBack === 'failed' ? [{ text: 'Give one deployment of this model all traffic in Azure ML studio (Endpoints, Update traffic), then (adopt; put in your name and reason):', command: links.send('adopt') }] : []; // prettier-ignore
  if (expected === undefined || Object.keys(expected).length === 0)
    return [
      ...adopt,
      look,
      { text: 'Switch the endpoint’s traffic to 0 % in Azure ML studio (Endpoints, Update traffic).' },
    ];
  if (sameSplit(live, expected) && notice.mirror)
    return [{ text: 'Take the copies off by hand (or in Azure ML studio: Endpoints, Update traffic):', command: mirrorCli(notice, notice.mirror) }, look]; // prettier-ignore
  if (sameSplit(live, expected))
    return [look, { text: 'Read the champion’s log in Azure ML studio: the errors may not come from this release.' }];
  return [
    { text: 'Put traffic back by hand (or in Azure ML studio: Endpoints, Update traffic):', command: azureCli(notice, live, expected) },
    { ...look, text: 'Then look here: Steward reads the split back within a minute and says when it is verified.' },
  ]; // prettier-ignore
}

function azureCli(notice: Notice, live: Split, expected: Split): string {
  return `${update(notice)} --traffic '${percents(live, expected)}'`;
}

function mirrorCli(notice: Notice, { live, expected }: NonNullable<Notice['mirror']>): string {
  return `${update(notice)} --mirror-traffic '${percents(live, expected)}'`;
}

function update({ endpoint = 'ENDPOINT' }: Notice): string {
  return `az ml online-endpoint update --resource-group GROUP --workspace-name WORKSPACE --name ${endpoint}`;
}

function percents(live: Split, expected: Split): string {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(live)])];
  return names.map((name) => `${name}=${expected[name] ?? 0}`).join(' ');
}
