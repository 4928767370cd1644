import type { Choice, Item, Letter, Part } from './letter.ts';
import type { Check } from './reason.ts';

/** The letter as plain text: one statement a line, blank lines around tables and commands. */
export function toText(letter: Letter, link: string, foot: string): string {
  return [letter.headline, '', ...letter.parts.flatMap(lines), '', `Status: ${link}`, foot, '']
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}

function lines(part: Part): string[] {
  switch (part.kind) {
    case 'line':
      return [`${part.label}: ${part.text}`];
    case 'list':
      return ['', `${part.label}:`, ...part.items.flatMap(itemLines), ''];
    case 'checks':
      return ['', ...part.rows.map((row) => checkLine(row, part.challenger, part.champion)), ''];
    case 'traffic':
      return ['', ...part.rows.map((row) => `${row.deployment}: live ${row.live}, expected ${row.expected}`), ''];
    case 'choices':
      return ['', `${part.label}:`, ...part.choices.flatMap(choiceLines), ''];
  }
}

function itemLines({ text, details }: Item): string[] {
  return [`- ${text}`, ...details.map((detail) => `  ${detail}`)];
}

function checkLine(row: Check, challenger: string, champion: string): string {
  const values = [
    ...(row.champion === undefined ? [] : [`${champion} ${row.champion}`]),
    ...(row.challenger === undefined ? [] : [`${challenger} ${row.challenger}`]),
  ];
  return [row.what, ...values, row.result, row.verdict.toUpperCase()].filter((cell) => cell !== '').join('   ');
}

function choiceLines({ text, command }: Choice): string[] {
  return [`- ${text}`, ...(command === undefined ? [] : [`  ${command}`])];
}
