import { expect, test } from 'vitest';
import { linesOf, utf8 } from '../../../src/lib/azure/predictions.ts';

async function linesIn(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  async function* content(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
  const lines: string[] = [];
  for await (const line of linesOf(content())) lines.push(line);
  return lines;
}

test.each<[string, (string | Uint8Array)[], string[]]>([
  ['nothing', [], []],
  ['no last line end', ['a\nb'], ['a', 'b']],
  ['a last line end', ['a\nb\n'], ['a', 'b']],
  ['line ends of Windows', ['a\r\nb\r\n'], ['a', 'b']],
  ['a line over chunks', ['a', 'b', 'c\nd'], ['abc', 'd']],
  ['a line end over chunks', ['a\r', '\nb'], ['a', 'b']],
  ['empty lines', ['a\n\n\nb'], ['a', '', '', 'b']],
  ['a letter over chunks', [Buffer.from('ä').subarray(0, 1), Buffer.from('ä\n').subarray(1)], ['ä']],
  ['a mark of the byte order', ['\ufeffa\n'], ['a']],
  ['a line separator inside of a text', ['"a\u2028b"\n'], ['"a\u2028b"']],
])('%s', async (_, chunks, lines) => {
  expect(await linesIn(...chunks)).toEqual(lines);
});

test('of a line without an end no more is kept than shows that it is too long', async () => {
  const lines = await linesIn(...Array.from({ length: 100 }, () => 'x'.repeat(10_000)), '\n', 'next');
  expect(lines.map((line) => line.length)).toEqual([65_537, 4]);
});

async function readAll(chunks: readonly Uint8Array[]): Promise<string> {
  async function* content(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const read: Uint8Array[] = [];
  try {
    for await (const chunk of utf8(content())) read.push(chunk);
  } catch (error) {
    return String(error);
  }
  return Buffer.concat(read).toString();
}

test.each<[string, Uint8Array[], string]>([
  ['letters over chunks', [Buffer.from('ä').subarray(0, 1), Buffer.from('ä\n').subarray(1)], 'ä\n'],
  ['another encoding', [Buffer.from('caf\u00e9,caf\u00e8\n', 'latin1')], 'Error: not UTF-8'],
  ['half a letter at the end', [Buffer.from('a'), Buffer.from('ä').subarray(0, 1)], 'Error: not UTF-8'],
])('what is no UTF-8 is not read: %s', async (_, chunks, expected) => {
  expect(await readAll(chunks)).toBe(expected);
});
