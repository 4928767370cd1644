import { html } from 'hono/html';
import { count, hhmm, percent, split } from '../figures.ts';
import type { ActRecord, Stop } from '../record.ts';

type Html = ReturnType<typeof html>;

/** Where the version was judged on its way, who agreed to it, and what was done by hand. */
export function waySection({ way, version }: ActRecord): Html {
  if (!way) return html``;
  const { stops, registeredBy, asked, refused, approved, hand } = way;
  return html`<h3>From environment to environment</h3>
    <div class="scroll"><table>
      <thead><tr><th>environment</th><th>began</th><th class="n">judged on</th><th class="n">before</th><th class="n">v${version}</th><th>gate</th><th>steps</th><th>ended</th><th>live at the end</th></tr></thead>
      <tbody>${stops.map(stopRow)}</tbody>
    </table></div>
    <p>${registeredBy} registered v${version} in ${stops[0]?.environment ?? ''}. In ${stops.at(-1)?.environment ?? ''} people of ${asked.role} were asked at ${hhmm(asked.at)}, before anything was deployed there.
    ${refused.who} pressed approve and got ${refused.status}: ${refused.why}. ${approved.who} approved at ${hhmm(approved.at)}.</p>
    <p>At ${hhmm(hand.at)} ${hand.who} moved traffic by hand: ${split(hand.live)}. Steward told people at ${hhmm(hand.toldAt)} and let it stand; ${hand.revertedBy} sent revert, and at ${hhmm(hand.backAt)} traffic was as before.</p>`;
} // prettier-ignore

function stopRow({ environment, closed, traffic }: Stop): Html {
  const { gate, startedAt, trail } = closed.release;
  const judged = gate?.reasons.find(({ samples, champion }) => samples !== undefined && champion !== undefined);
  const steps = trail.map((step) => `${step.percent} % at ${hhmm(step.at)}`).join(', ');
  return html`<tr><td>${environment}</td><td>${hhmm(startedAt)}</td><td class="n">${judged?.samples === undefined ? '' : `${count(judged.samples)} mails`}</td><td class="n">${share(judged?.champion)}</td><td class="n">${share(judged?.challenger)}</td><td class="${gate?.verdict ?? ''}">${gate?.verdict ?? ''}</td><td>${steps}</td><td>${hhmm(closed.at)}</td><td>${split(traffic)}</td></tr>`;
} // prettier-ignore

function share(value: number | undefined): string {
  return value === undefined ? '' : percent(value);
}
