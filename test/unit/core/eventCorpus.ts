/** Bodies of events as they may arrive, each with what must become of it: test/fixtures/events, grouped by kind. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const FOLDER = join(import.meta.dirname, '../../fixtures/events');

const entries = z.array(
  z.strictObject({
    title: z.string(),
    event: z.unknown(),
    /** What the parser says. */
    expected: z.unknown(),
    /** What intake makes of it: the items by lifecycle, or why there are none. */
    taken: z.union([
      z.strictObject({ ignored: z.string() }),
      z.strictObject({ refused: z.string() }),
      z.record(z.string().regex(/^[a-z]+\/[a-z-]+$/), z.array(z.unknown()).min(1)),
    ]),
  }),
);

export type CorpusEntry = z.output<typeof entries>[number] & { readonly place: string };

/** Every entry with the place where it stands. */
export function eventCorpus(): CorpusEntry[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json')).toSorted(); // prettier-ignore
  return files.flatMap((file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    return entries.parse(JSON.parse(text)).map((entry) => ({ ...entry, place: placeOf(file, text, entry.title) }));
  });
}

function placeOf(file: string, text: string, title: string): string {
  const line = text.slice(0, text.indexOf(`"title": ${JSON.stringify(title)}`)).split('\n').length;
  return `test/fixtures/events/${file}:${line} "${title}"`;
}
