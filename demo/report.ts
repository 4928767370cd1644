import { writeFileSync } from 'node:fs';
import { html, raw } from 'hono/html';
import { hhmm, many, milliseconds, percent } from './figures.ts';
import type { ActRecord } from './record.ts';
import { errorsChart, latencyChart, limitOf, trafficChart, versionsOf } from './report/charts.ts';
import { driftSection } from './report/drift.ts';
import { STYLE } from './report/style.ts';
import { waySection } from './report/way.ts';
import { putTable, reasonTable, timeline } from './report/tables.ts';

type Html = ReturnType<typeof html>;

/** One file without anything from outside: no script, no font, no picture. */
export async function writeReport(path: string, records: readonly ActRecord[]): Promise<void> {
  writeFileSync(path, await reportOf(records));
}

export async function reportOf(records: readonly ActRecord[]): Promise<string> {
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Steward: what happened in the demo</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>Steward: what happened in the demo</h1>
<p class="quiet">${dayOf(records)} All times are virtual and UTC; a virtual minute lasted a second. Latencies are real milliseconds on this machine.</p>
${overview(records)}
${records.map(section)}
</body>
</html>
`,
  );
} // prettier-ignore

function dayOf(records: readonly ActRecord[]): string {
  const began = records[0]?.began;
  return began ? `${began.toISOString().slice(0, 10)}.` : '';
}

function overview(records: readonly ActRecord[]): Html {
  return html`<div class="scroll"><table>
    <thead><tr><th>act</th><th>outcome</th><th>champion</th><th class="n">events</th><th class="n">inbox items</th><th class="n">trainings</th><th class="n">mails</th><th class="n">took</th></tr></thead>
    <tbody>${records.map((act) => html`<tr><td>${act.name}</td><td>v${act.version} ${OUTCOMES[act.closed.end]}</td><td>v${act.champion}</td><td class="n">${act.events}</td><td class="n">${act.items}</td><td class="n">${act.trainings}</td><td class="n">${act.mails.length}</td><td class="n">${act.durationSeconds.toFixed(1)} s</td></tr>`)}</tbody>
  </table></div>`;
} // prettier-ignore

const OUTCOMES: Readonly<Record<ActRecord['closed']['end'], string>> = {
  released: 'released',
  rejected: 'rejected',
  rolledBack: 'rolled back',
  superseded: 'superseded',
  aborted: 'given up',
};

function section(act: ActRecord, index: number): Html {
  const { closed } = act;
  const { champion, challenger } = versionsOf(act);
  const live = closed.reasons.filter(({ rule }) => !rule.startsWith('gate.'));
  return html`<section>
<h2>Act ${index + 1}: ${act.name}. ${act.way ? `${act.way.model} ` : ''}v${challenger} ${OUTCOMES[closed.end]}</h2>
<p>${closed.sentence} <span class="quiet">${hhmm(act.began)} to ${hhmm(act.ended)}. <b class="champion">v${champion}</b> was the champion, <b class="challenger">v${challenger}</b> the challenger.</span></p>
${driftSection(act)}
${waySection(act)}
${figure(act.way ? 'Live traffic in prod' : 'Live traffic', 'share of requests by version', trafficChart(act))}
${closed.release.trail.length > 0 ? judgedLive(act) : ''}
${reasonTable(act, 'Gate', closed.release.gate?.reasons ?? [])}
${reasonTable(act, closed.end === 'released' ? 'Live traffic, as judged at the end of the watch' : 'Live traffic, as judged', live)}
${putTable(act)}
<h3>${many(act.mails.length, 'mail')}</h3>
${act.mails.map((mail) => html`<p><b>${mail.subject}</b> <span class="quiet">to ${mail.to.join(', ')}, ${hhmm(mail.at)}</span></p><pre>${mail.text ?? ''}</pre>`)}
${timeline(act)}
</section>`;
} // prettier-ignore

/** Only where the challenger had traffic. */
function judgedLive(act: ActRecord): Html {
  const { champion } = versionsOf(act);
  return html`${figure('Failed requests', limitText(limitOf(act, 'canary.errors'), champion, percent), errorsChart(act))}
  ${figure('Latency', limitText(limitOf(act, 'canary.latency'), champion, milliseconds), latencyChart(act))}`;
}

function figure(title: string, about: string, drawn: string): Html {
  return html`<figure>
    <figcaption>${title} <small>${about}</small></figcaption>
    ${raw(drawn)}
  </figure>`;
}

function limitText(reason: ReturnType<typeof limitOf>, champion: string, show: (value: number) => string): string {
  if (reason?.champion === undefined || reason.limit === undefined) return 'by minute';
  return `by minute; limit ${reason.limit} times v${champion}'s ${show(reason.champion)}, when it is more than chance`;
}
