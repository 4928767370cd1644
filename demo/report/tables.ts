import { html } from 'hono/html';
import { hhmm, milliseconds, percent } from '../figures.ts';
import type { ActRecord } from '../record.ts';
import type { Reason } from '../steward.ts';
import { versionsOf } from './charts.ts';

type Html = ReturnType<typeof html>;

/** Gate and canary: each statement that was judged, with what it was judged on. */
export function reasonTable(act: ActRecord, title: string, reasons: readonly Reason[]): Html {
  if (reasons.length === 0) return html``;
  const { champion, challenger } = versionsOf(act);
  return html`<h3>${title}</h3>
    <div class="scroll"><table>
      <thead><tr><th>judged</th><th class="n">v${champion}</th><th class="n">v${challenger}</th><th class="n">measured</th><th class="n">interval</th><th class="n">limit</th><th>verdict</th></tr></thead>
      <tbody>${reasons.map((reason) => reasonRow(reason, champion, challenger))}</tbody>
    </table></div>`;
} // prettier-ignore

function reasonRow(reason: Reason, champion: string, challenger: string): Html {
  const { what, rule, unit, interval, samples, championSamples, note, verdict, measured, limit } = reason;
  const show = (value: number | undefined) => (value === undefined ? '' : figure(value, unit));
  const range = interval
    ? `${difference(interval.low)} to ${difference(interval.high)} (${Math.round(interval.confidence * 100)} %)`
    : '';
  const ratio = rule === 'canary.errors' || rule === 'canary.latency';
  const compared = (value: number | undefined) =>
    value === undefined ? '' : ratio ? `${value.toFixed(2)} times` : isDifference(rule) ? difference(value) : show(value); // prettier-ignore
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
  return `${fraction > 0 ? '+' : ''}${(fraction * 100).toFixed(1)} points`;
}

function figure(value: number, unit: Reason['unit']): string {
  switch (unit) {
    case 'fraction':
      return percent(value);
    case 'ms':
      return milliseconds(value);
    case 'ratio':
    case 'count':
    case 'plain':
      return String(Math.round(value * 1000) / 1000);
  }
}

/** Each write of the endpoint that Azure saw, so that anybody can check that nothing was done twice. */
export function putTable({ puts, kill, closed }: ActRecord): Html {
  if (puts.length === 0) return html`<p class="quiet">Azure saw no change of traffic from Steward.</p>`;
  const killed = kill
    ? html`<p>The app (pid ${kill.pid}) was killed at ${hhmm(kill.at)}, ${kill.afterMs} real ms into the change to ${kill.percent} %, and was back at ${hhmm(kill.backAt)}.</p>`
    : '';
  return html`<h3>Every traffic change that Azure saw</h3>${killed}
    <div class="scroll"><table>
      <thead><tr><th>answered</th><th class="n">generation</th><th>split</th><th class="n">status</th></tr></thead>
      <tbody>${puts.map((put) => html`<tr><td>${hhmm(put.at)}</td><td class="n">${put.generation}</td><td>${splitText(put.split, closed.release.deployment)}</td><td class="n">${put.status}</td></tr>`)}</tbody>
    </table></div>`;
} // prettier-ignore

function splitText(split: Readonly<Record<string, number>>, challenger: string | undefined): string {
  return Object.entries(split)
    .map(([name, share]) => `${name}${name === challenger ? ' (challenger)' : ''} ${share} %`)
    .join(', ');
}

function refusals(refused: Readonly<Record<string, string>>): Html[] {
  return Object.values(refused).map((why) => html`<br /><small>refused: ${why}</small>`);
}

/** Steward's audit: what was heard and decided, pass by pass. */
export function timeline({ passes }: ActRecord): Html {
  return html`<h3>Timeline, from Steward's audit</h3>
    <div class="scroll"><table>
      <thead><tr><th class="n">audit</th><th>at</th><th>decided</th><th>heard</th></tr></thead>
      <tbody>${passes.map(({ audit, at, rules, items, refused }) => html`<tr><td class="n">${audit}</td><td>${hhmm(at)}</td><td>${rules.join(', ')}</td><td class="key">${items.join(', ')}${refusals(refused)}</td></tr>`)}</tbody>
    </table></div>`;
} // prettier-ignore
