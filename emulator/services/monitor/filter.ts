/** One dimension of a `$filter`: series are kept when its value is listed, and split by it. `'*'` = every value. */
export interface Condition {
  readonly dimension: string;
  readonly values: '*' | readonly string[];
}

/** The filter is not in the language below; the message says where reading stopped. */
export class FilterFault extends Error {
  override name = 'FilterFault';
}

type Token = { readonly kind: 'word' | 'value' | 'open' | 'close'; readonly text: string };

/**
 * Reads `a eq 'x' and (b eq 'y' or b eq 'z') and c eq '*'`. `or` joins values of one dimension only, as the service
 * demands. Of its operators only `eq` is done (`ne` and `startswith` are refused here).
 */
export function parseFilter(text: string): readonly Condition[] {
  const tokens = tokensOf(text);
  const conditions: Condition[] = [];
  do conditions.push(group(tokens));
  while (takeWord(tokens, 'and'));
  const [left] = tokens;
  if (left !== undefined) throw new FilterFault(`'and' was expected at '${left.text}'`);
  const names = conditions.map(({ dimension }) => dimension.toLowerCase());
  if (new Set(names).size < names.length) throw new FilterFault('a dimension is named twice');
  return conditions;
}

function group(tokens: Token[]): Condition {
  const inParentheses = tokens[0]?.kind === 'open';
  if (inParentheses) tokens.shift();
  const alternatives = [comparison(tokens)];
  while (takeWord(tokens, 'or')) alternatives.push(comparison(tokens));
  if (inParentheses && tokens.shift()?.kind !== 'close') throw new FilterFault("')' is missing");
  const dimension = alternatives[0]?.dimension ?? '';
  if (alternatives.some((other) => other.dimension.toLowerCase() !== dimension.toLowerCase())) {
    throw new FilterFault("'or' between different dimensions");
  }
  const values = alternatives.map(({ value }) => value);
  return { dimension, values: values.includes('*') ? '*' : values };
}

function comparison(tokens: Token[]): { dimension: string; value: string } {
  const dimension = tokens.shift();
  if (dimension?.kind !== 'word')
    throw new FilterFault(`a dimension was expected at '${dimension?.text ?? 'the end'}'`);
  if (!takeWord(tokens, 'eq')) throw new FilterFault(`'eq' was expected after '${dimension.text}'`);
  const value = tokens.shift();
  if (value?.kind !== 'value') throw new FilterFault(`a quoted value was expected after '${dimension.text} eq'`);
  return { dimension: dimension.text, value: value.text };
}

function takeWord(tokens: Token[], word: string): boolean {
  const [next] = tokens;
  const found = next?.kind === 'word' && next.text.toLowerCase() === word;
  if (found) tokens.shift();
  return found;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:(\w+)|'((?:[^']|'')*)'|(\()|(\)))/y;
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const [, word, value, open, close] = pattern.exec(text) ?? [];
    if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (value !== undefined) tokens.push({ kind: 'value', text: value.replaceAll("''", "'") });
    else if (open !== undefined) tokens.push({ kind: 'open', text: open });
    else if (close !== undefined) tokens.push({ kind: 'close', text: close });
    else throw new FilterFault(`'${text.slice(from).trim()}' is not understood`);
  }
  return tokens;
}
