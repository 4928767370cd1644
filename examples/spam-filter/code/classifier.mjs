/**
 * Logistic regression over hashed words of subject and body. This file is copied into every model folder, so that a
 * model is evaluated and served by the code it was trained with (`.mjs`: no package.json there says what `.js` means).
 */

/** @typedef {{ bits: number, maxCharacters: number, bias: number, weights: ArrayLike<number> }} Model */

/**
 * The buckets a mail touches, each once. Of the header only the subject counts: relays and dates would tell which
 * mailing list a mail was collected from, not what it is.
 * @param {string} text the mail as received: header, empty line, body
 * @param {Pick<Model, 'bits' | 'maxCharacters'>} shape `maxCharacters` of the body are read
 */
export function features(text, { bits, maxCharacters }) {
  const { header, body } = splitMail(text);
  const buckets = new Set();
  hashWords(subjectOf(header), 0x9e3779b9, bits, buckets);
  hashWords(body.slice(0, maxCharacters), 0x811c9dc5, bits, buckets);
  return Uint32Array.from(buckets);
}

/**
 * @param {ArrayLike<number>} weights
 * @param {number} bias
 * @param {Uint32Array} buckets
 */
export function probability(weights, bias, buckets) {
  let sum = 0;
  for (const bucket of buckets) sum += weights[bucket];
  return 1 / (1 + Math.exp(-bias - sum / Math.sqrt(buckets.length + 1)));
}

/**
 * @param {Model} model
 * @param {string} text
 * @returns {{ label: 'ham' | 'spam', score: number }} `score` is the probability of spam
 */
export function predict(model, text) {
  const score = probability(model.weights, model.bias, features(text, model));
  return { label: score > 0.5 ? 'spam' : 'ham', score };
}

/** @param {string} text */
export function splitMail(text) {
  const gap = /\r?\n\r?\n/.exec(text);
  if (!gap) return { header: text, body: '' };
  return { header: text.slice(0, gap.index), body: text.slice(gap.index + gap[0].length) };
}

function subjectOf(header) {
  return /^subject:(.*(?:\r?\n[ \t].*)*)/im.exec(header)?.[1] ?? '';
}

/** FNV-1a over words of 2 to 24 characters, in lower case. */
function hashWords(text, seed, bits, buckets) {
  const mask = 2 ** bits - 1;
  let hash = seed;
  let length = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = wordCode(text.charCodeAt(i));
    if (code > 0) {
      hash = Math.imul(hash ^ code, 0x01000193);
      length++;
    } else if (length > 0) {
      if (length >= 2 && length <= 24) buckets.add((hash ^ (hash >>> 15)) & mask);
      hash = seed;
      length = 0;
    }
  }
}

/** Letters (lowered), digits, `$ ! %` and everything beyond ASCII make words; 0 ends one, as does the NaN past the end. */
function wordCode(code) {
  if (code >= 97 && code <= 122) return code;
  if (code >= 65 && code <= 90) return code + 32;
  if (code >= 48 && code <= 57) return code;
  return code === 36 || code === 33 || code === 37 || code > 127 ? code : 0;
}
