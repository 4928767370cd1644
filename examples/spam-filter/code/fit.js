import { features, probability } from './classifier.mjs';
import { randomFrom, shuffled } from './random.js';

/** With steps much larger than this two seeds differ enough to pass for a better and a worse model. */
export const DEFAULTS = { bits: 16, maxCharacters: 8000, epochs: 8, rate: 0.2, seed: 1 };

/**
 * Fits by stochastic gradient descent with AdaGrad steps; the seed only orders the mails.
 * @param {readonly { label: string, text: string }[]} mails
 * @param {Partial<typeof DEFAULTS>} [options]
 * @returns {import('./classifier.mjs').Model}
 */
export function fit(mails, options = {}) {
  const { bits, maxCharacters, epochs, rate, seed } = { ...DEFAULTS, ...options };
  const random = randomFrom(seed);
  const rows = mails.map((mail) => ({
    spam: mail.label === 'spam',
    buckets: features(mail.text, { bits, maxCharacters }),
  }));
  const state = {
    rate,
    bias: 0,
    biasSquares: 1e-8,
    weights: new Float64Array(2 ** bits),
    squares: new Float64Array(2 ** bits).fill(1e-8),
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const row of shuffled(rows, random)) step(state, row);
  }
  return { bits, maxCharacters, bias: round(state.bias), weights: Array.from(state.weights, round) };
}

function step(state, { spam, buckets }) {
  const { weights, squares, rate } = state;
  const error = probability(weights, state.bias, buckets) - (spam ? 1 : 0);
  state.biasSquares += error * error;
  state.bias -= (rate * error) / Math.sqrt(state.biasSquares);
  const slope = error / Math.sqrt(buckets.length + 1);
  for (const bucket of buckets) {
    squares[bucket] += slope * slope;
    weights[bucket] -= (rate * slope) / Math.sqrt(squares[bucket]);
  }
}

/** Four decimals keep model.json small and change no verdict. */
function round(value) {
  return Math.round(value * 1e4) / 1e4;
}
