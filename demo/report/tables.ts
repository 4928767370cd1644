import { html } from 'hono/html';
import { hhmm, milliseconds, percent } from '../figures.ts';
import type { ActRecord } from '../record.ts';
import type { Pass, Reason } from '../steward.ts';
import { versionsOf } from './charts.ts';

type Html = ReturnType<typeof html>;

/** Gate and canary: each statement that was judged, with what it was judged on. */
export function reasonTable(act: ActRecord, title: string, reasons: readonly Reason[]): Html {
  if (reasons.length === 0) return html``;
  const { champion, challenger } = versionsOf(act);
  return html`<h3>${title}</h3>
    <div class="scroll"><table class="judged">
      <thead><tr><th>judged</th><th class="n">v${champion}</th><th class="n">v${challenger}</th><th class="n">measured</th><th class="n">interval</th><th class="n">limit</th><th>verdict</th></tr></thead>
      <tbody>${reasons.map((reason) => reasonRow(reason, champion, challenger))}</tbody>
    </table></div>`;
} // prettier-ignore

function reasonRow(reason: Reason, champion: string, challenger: string): Html {
  const { what, rule, unit, judged = unit, interval, samples, championSamples, note, verdict, measured, limit } = reason;
  const show = (value: number | undefined) => (value === undefined ? '' : figure(value, unit));
  const range = interval
    ? `${points(interval.low)} to ${points(interval.high)} (${Math.round(interval.confidence * 100)} %)`
    : '';
  const compared = (value: number | undefined) =>
    value === undefined ? '' : isDifference(rule) ? difference(value) : figure(value, judged);
  const evidence = [
    samples === undefined ? '' : `on ${samples}${championSamples === undefined ? '' : ` against ${championSamples}`}`,
    (note ?? '').replaceAll(/(the )?challenger/g, `v${challenger}`).replaceAll(/(the )?champion/g, `v${champion}`),
  ].filter((text) => text !== '');
  return html`<tr>
    <td>${what}<br><small>${evidence.join('; ')}</small></td><td class="n">${show(reason.champion)}</td><td class="n">${show(reason.challenger)}</td>
    <td class="n">${compared(measured)}</td><td class="n">${range}</td><td class="n">${compared(limit)}</td><td class="${verdict}">${verdict}</td>
  </tr>`;
} // prettier-ignore

function isDifference(rule: string): boolean {
  return rule === 'gate.superior' || rule === 'gate.nonInferior';
}

function difference(fraction: number): string {
  return `${points(fraction)} points`;
}

/** Percentage points, signed. */
function points(fraction: number): string {
  return `${fraction > 0 ? '+' : ''}${(fraction * 100).toFixed(1)}`;
}

function figure(value: number, unit: Reason['unit']): string {
  switch (unit) {
    case 'fraction':
      return percent(value);
    case 'ms':
      return milliseconds(value);
    case 'ratio':
      return `${value.toFixed(2)} times`;
    case 'count':
    case 'plain':
      return String(Math.round(value * 1000) / 1000);
  }
}

/** Each write of the endpoint that Azure saw, so that anybody can check that nothing was done twice. */
export function putTable({ puts, kill, closed }: ActRecord): Html {
  if (puts.length === 0) return html`<h3>Traffic changes</h3><p>Azure saw no change of traffic from Steward: v${closed.version} never had a user.</p>`;
  const killed = kill
    ? html`<p>The app (pid ${kill.pid}) was killed at ${hhmm(kill.at)}, ${kill.afterMs} real ms into the change to ${kill.percent} %, and was back at ${hhmm(kill.backAt)}. ${pickedUp(kill)}</p>`
    : '';
  return html`<h3>Every traffic change that Azure saw</h3>${killed}
    <div class="scroll"><table>
      <thead><tr><th>answered</th><th class="n">generation</th><th>split</th><th>by</th><th class="n">status</th></tr></thead>
      <tbody>${puts.map((put) => html`<tr><td>${hhmm(put.at)}</td><td class="n">${put.generation}</td><td>${splitText(put.split, closed.release.deployment)}</td><td>${put.by === undefined ? 'Steward' : `${put.by}, by hand`}</td><td class="n">${put.status}</td></tr>`)}</tbody>
    </table></div>`;
} // prettier-ignore

function pickedUp({ pickedUp: next }: NonNullable<ActRecord['kill']>): string {
  if (!next) return '';
  const asked = next.by === 'sweep' ? 'the sweep found it overdue' : 'its next look was in the queue since before the call'; // prettier-ignore
  return `The message it was working on stays leased for 10 real minutes; the release went on at ${hhmm(next.at)}, for ${asked}.`;
}

function splitText(split: Readonly<Record<string, number>>, challenger: string | undefined): string {
  return Object.entries(split)
    .map(([name, share]) => `${name}${name === challenger ? ' (challenger)' : ''} ${share} %`)
    .join(', ');
}

function refusals(refused: Readonly<Record<string, string>>): Html[] {
  return Object.values(refused).map((why) => html`<br /><small>refused: ${why}</small>`);
}

/** Steward's audit: what was heard and decided. Passes in a row that decided the same and heard nothing are one line. */
export function timeline({ passes }: ActRecord): Html {
  return html`<h3>Timeline, from Steward's audit</h3>
    <div class="scroll"><table>
      <thead><tr><th class="n">audit</th><th class="n">at</th><th>decided</th><th>heard</th></tr></thead>
      <tbody>${runsOf(passes).map(passRow)}</tbody>
    </table></div>`;
} // prettier-ignore

function range(from: string, to: string): string {
  return from === to ? from : `${from} to ${to}`;
}

function passRow({ first, last }: Run): Html {
  const heard = first.items.map(shortFact).join(', ');
  return html`<tr>
    <td class="n">${range(String(first.audit), String(last.audit))}</td><td class="n">${range(hhmm(first.at), hhmm(last.at))}</td>
    <td>${first.rules.join(', ')}</td><td class="key">${heard}${refusals(first.refused)}</td>
  </tr>`;
} // prettier-ignore

interface Run {
  readonly first: Pass;
  readonly last: Pass;
}

/** Consecutive passes that differ in nothing but time. */
export function runsOf(passes: readonly Pass[]): Run[] {
  const runs: Run[] = [];
  for (const pass of passes) {
    const run = runs.at(-1);
    const same = run !== undefined && run.first.rules.join() === pass.rules.join() && run.first.items.length + pass.items.length === 0; // prettier-ignore
    if (same) runs[runs.length - 1] = { first: run.first, last: pass };
    else runs.push({ first: pass, last: pass });
  }
  return runs;
}

/** A fact's key with a workspace's name instead of its whole id. */
function shortFact(factKey: string): string {
  return factKey.replaceAll(/\/subscriptions\/[^|]*\/([^|/]+)/gi, '$1').replaceAll('|', ' ');
}
