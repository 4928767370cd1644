import { html } from 'hono/html';
import { hhmm, many, percent } from '../figures.ts';
import type { ActRecord } from '../record.ts';
import { versionsOf } from './charts.ts';

type Html = ReturnType<typeof html>;

/** What changed, what the monitor measured, what was trained for it, and why the same again came to nothing. */
export function driftSection(act: ActRecord): Html {
  const { drift } = act;
  if (!drift) return html``;
  const { champion, challenger } = versionsOf(act);
  const { findings, telling, training, refused } = drift;
  const pins = training.pins.map(({ data, version }) => `${data}:${version}`).join(', ');
  return html`<h3>Drift</h3>
    <div class="scroll"><table>
      <thead><tr><th>right on, as users got it</th><th class="n">mails it knew</th><th class="n">newer mails</th></tr></thead>
      <tbody>
        <tr><td>v${champion}</td><td class="n">${percent(drift.familiar)}</td><td class="n">${percent(drift.newer)}</td></tr>
        <tr><td>v${challenger}</td><td class="n"></td><td class="n">${percent(drift.after)}</td></tr>
      </tbody>
    </table></div>
    <p>v${challenger} regains ${percent(drift.regained)} of what v${champion} lost. It came of ${training.job} (${pins} pinned, ${training.computeMinutes.toFixed(1)} compute minutes), submitted once although the finding was told by ${many(telling.events, 'event')}: ${telling.lost} lost, ${telling.doubled} doubled, ${telling.late} late. It ended at ${hhmm(training.at)}.</p>
    <div class="scroll"><table>
      <thead><tr><th>the monitor found</th><th>metric</th><th class="n">measured</th><th class="n">limit</th></tr></thead>
      <tbody>${findings.map((found) => html`<tr><td>${found.group}</td><td>${found.metric_name}</td><td class="n">${found.metric_value.toFixed(3)}</td><td class="n">${found.threshold_value}</td></tr>`)}</tbody>
    </table></div>
    <p>The same drift once more, on the same data: nothing was trained. ${refused.reason}: ${refused.sentence}</p>`;
} // prettier-ignore
