/**
 * The evaluation job of the scenarios' tiny models, by the same contract as any team's: champion and challenger on the
 * same rows. A model is one number; a row whose x is above it counts as positive.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const names = ['champion', 'challenger', 'data', 'predictions'];
const { values: paths } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
const rows = readFileSync(paths.data, 'utf8').trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
const aboveOf = (who) => JSON.parse(readFileSync(join(paths[who], 'model.json'), 'utf8')).above;
const above = { champion: aboveOf('champion'), challenger: aboveOf('challenger') };

const answered = rows.map(({ id, x, label }) => ({
  id,
  label,
  champion: x > above.champion,
  challenger: x > above.challenger,
  slice: { half: x < 100 ? 'lower' : 'upper' },
}));
mkdirSync(dirname(paths.predictions), { recursive: true });
writeFileSync(paths.predictions, answered.map((row) => `${JSON.stringify(row)}\n`).join(''));

const accuracy = (who) => answered.filter((row) => row[who] === row.label).length / rows.length;
const metrics = { 'champion.accuracy': accuracy('champion'), 'challenger.accuracy': accuracy('challenger'), n: rows.length }; // prettier-ignore
const { MLFLOW_TRACKING_URI: address, MLFLOW_TRACKING_TOKEN: token, MLFLOW_RUN_ID: runId } = process.env;
const answer = await fetch(`${address}/api/2.0/mlflow/runs/log-batch`, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    run_id: runId,
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: Date.now(), step: 0 })),
  }),
});
if (!answer.ok) throw new Error(`MLflow answered ${answer.status}: ${await answer.text()}`);
