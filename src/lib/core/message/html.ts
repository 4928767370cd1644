import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Choice, Item, Letter, Part } from './letter.ts';
import type { Check } from './reason.ts';

/**
 * The letter as an HTML mail: inline styles only (mail readers drop the rest), one column, and no colours of paper or
 * ink, so that a reader in dark mode keeps its own. The accents are readable on white and on black.
 */
const ACCENT = { act: '#d93843', ask: '#b7791f', calm: '#2f8f4e' } as const;
const VERDICT = { pass: '#2f8f4e', fail: '#d93843', inconclusive: '#b7791f', error: '#d93843' } as const;
const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
const RULE = '1px solid rgba(128,128,128,.35)';
const CELL = 'padding:6px 8px 2px 0;text-align:left;vertical-align:top';
const SMALL = 'font-size:13px;opacity:.75';
const CODE =
  'margin:4px 0 0;padding:8px 10px;background:rgba(128,128,128,.14);border-radius:6px;font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere';

export function toHtml(letter: Letter, link: string, foot: string): string {
  const accent = ACCENT[letter.mood];
  return markup`<!doctype html>
<html lang="en" style="color-scheme:light dark">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>${letter.subject}</title></head>
<body style="margin:0;padding:16px;${FONT};font-size:15px;line-height:1.5">
<div style="max-width:640px;margin:0 auto">
<p style="margin:0 0 16px;padding:2px 0 2px 12px;border-left:4px solid ${accent};font-size:17px;font-weight:600">${letter.headline}</p>
${letter.parts.map(block)}
<p style="margin:20px 0 0"><a href="${link}" style="color:#3b82d6">Status (JSON)</a></p>
<p style="margin:12px 0 0;padding-top:8px;border-top:${RULE};${SMALL}">${foot}</p>
</div>
</body>
</html>
`.toString();
}

function block(part: Part): HtmlEscapedString {
  switch (part.kind) {
    case 'line':
      return markup`<p style="margin:0 0 10px"><strong>${part.label}:</strong> ${part.text}</p>\n`;
    case 'list':
      return bullets(part.label, part.items.map(item));
    case 'checks':
      return table(['Check', part.champion, part.challenger, ''], part.rows.map(checkRows));
    case 'traffic':
      return table(['Deployment', 'Live', 'Expected'], part.rows.map((row) => cells([row.deployment, row.live, row.expected]))); // prettier-ignore
    case 'choices':
      return bullets(part.label, part.choices.map(choice));
  }
}

function bullets(label: string, items: readonly HtmlEscapedString[]): HtmlEscapedString {
  return markup`<p style="margin:16px 0 4px"><strong>${label}:</strong></p>\n<ul style="margin:0 0 14px;padding-left:18px">${items}</ul>\n`;
}

function item({ text, details }: Item): HtmlEscapedString {
  const lines = details.map((detail) => markup`<div style="${SMALL};overflow-wrap:anywhere">${detail}</div>`);
  return markup`<li style="margin:0 0 6px;overflow-wrap:anywhere">${text}${lines}</li>`;
}

function table(head: readonly string[], rows: readonly HtmlEscapedString[]): HtmlEscapedString {
  const heads = head.map((name) => markup`<th style="${CELL};${SMALL};font-weight:600">${name}</th>`);
  return markup`<table style="width:100%;border-collapse:collapse;margin:6px 0 14px"><tr>${heads}</tr>${rows}</table>\n`;
}

function cells(values: readonly string[]): HtmlEscapedString {
  return markup`<tr style="border-top:${RULE}">${values.map((value) => markup`<td style="${CELL};overflow-wrap:anywhere">${value}</td>`)}</tr>`;
}

/** Two rows a check, so that the table fits a phone: values and verdict, then measured against allowed. */
function checkRows(row: Check): HtmlEscapedString {
  const verdict = markup`<td style="${CELL};text-align:right;font-weight:700;color:${VERDICT[row.verdict]}">${row.verdict.toUpperCase()}</td>`;
  const values = [row.champion ?? '', row.challenger ?? ''].map((value) => markup`<td style="${CELL}">${value}</td>`);
  return markup`<tr style="border-top:${RULE}"><td style="${CELL};font-weight:600">${row.what}</td>${values}${verdict}</tr>
<tr><td colspan="4" style="padding:0 0 8px;${SMALL}">${row.result}</td></tr>`;
}

function choice({ text, command }: Choice): HtmlEscapedString {
  const code = command === undefined ? '' : markup`<pre style="${CODE}">${command}</pre>`;
  return markup`<li style="margin:0 0 10px">${text}${code}</li>`;
}

/** Everything put in is escaped; the library's template may also be asynchronous, which nothing here is. */
function markup(strings: TemplateStringsArray, ...values: readonly unknown[]): HtmlEscapedString {
  const result = html(strings, ...values);
  if (result instanceof Promise) throw new TypeError('a mail is put together at once');
  return result;
}
