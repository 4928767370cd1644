/**
 * What a file of predictions costs: node bench/predictions.ts [rows] [heap in MiB] [classes | scores]. The file lies in Azurite, the job in
 * the emulated workspace; the real adapter reads both in a process of its own whose heap is limited.
 */
import { execFile } from 'node:child_process';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { z } from 'zod';
import { seedJob, seedRun } from '../test/contract/azure/seeds.ts';
import { startTestEmulator, type TestEmulator } from '../test/emulated.ts';

const answer = z.object({
  paired: z.object({ n: z.number(), championOnly: z.number(), challengerOnly: z.number() }).optional(),
  faults: z.array(z.string()),
  /** Names of the metrics that were compared. */
  compared: z.array(z.string()),
  tookMs: z.number(),
  /** Of all threads: what waiting for the storage or for another process's turn does not change. */
  cpuMs: z.number(),
  /** Of the V8 heap, sampled each 5 ms. */
  peakBytes: z.number(),
  /** Of the whole process: heap, buffers, code. */
  rssBytes: z.number(),
});
type Kind = 'classes' | 'scores';
const METRICS = { classes: ['accuracy'], scores: ['auc', 'brier', 'logLoss'] } as const;

export type Figures = z.output<typeof answer> & { readonly fileBytes: number };

/** Throws when the process runs out of its heap. */
export async function measure({
  rows,
  heapMiB,
  kind = 'classes',
}: {
  rows: number;
  heapMiB: number;
  kind?: Kind;
}): Promise<Figures> {
  const emulator = await startTestEmulator();
  try {
    const fileBytes = await evaluated(emulator, 'million', rows, kind);
    return { ...(await judged(emulator, 'million', heapMiB, METRICS[kind])), fileBytes };
  } finally {
    await emulator.stop();
  }
}

/** A job that wrote so many predictions: the champion is wrong on each tenth, the challenger on each twentieth. */
async function evaluated({ world, workspace }: TestEmulator, job: string, rows: number, kind: Kind): Promise<number> {
  const inputs = { data: { jobInputType: 'uri_file', uri: 'azureml:holdout:3' } };
  const outputs = { predictions: { jobOutputType: 'uri_file' } };
  seedRun(workspace, job, { n: rows });
  seedJob(workspace, job, 'Completed', { properties: { jobType: 'Command', inputs, outputs } });
  const container = String(workspace.datastores.get('workspaceblobstore')?.properties['containerName']);
  const blob = BlobServiceClient.fromConnectionString(world.storage.connectionString)
    .getContainerClient(container)
    .getBlockBlobClient(`azureml/${job}/predictions`);
  await blob.uploadStream(Readable.from(chunks(rows, kind)), 8 * 1024 ** 2, 2);
  return (await blob.getProperties()).contentLength ?? 0;
}

function* chunks(rows: number, kind: Kind): Generator<Buffer> {
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    const { label, champion, challenger } = kind === 'classes' ? classes(row) : scores(row);
    const slice = { region: row % 2 === 0 ? 'north' : 'south', age: `${(row % 7) * 10}` };
    text += `${JSON.stringify({ id: `mail-2026-11-${String(row).padStart(9, '0')}`, label, champion, challenger, slice })}\n`;
    if (text.length < 1024 ** 2) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

function classes(row: number) {
  const label = row % 3 === 0 ? 'spam' : 'ham';
  const other = label === 'ham' ? 'spam' : 'ham';
  return { label, champion: row % 10 === 0 ? other : label, challenger: row % 20 === 7 ? other : label };
}

/** In no order that the rows give away. */
function scores(row: number) {
  const label = row % 3 === 0 ? 1 : 0;
  const spread = (by: number) => ((row * by) % 1_000_003) / 1_000_003;
  return { label, champion: (label + 2 * spread(7919)) / 3, challenger: (label + 1.8 * spread(104_729)) / 2.8 };
}

async function judged({ world, workspace }: TestEmulator, job: string, heapMiB: number, metrics: readonly string[]) {
  const { connectionString } = world.storage;
  const child = fileURLToPath(new URL('predictionsChild.ts', import.meta.url));
  const asked = JSON.stringify({ endpoint: world.origin, connectionString, workspace: workspace.id, job, metrics });
  const { endpoint, header } = world.identity;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`--max-old-space-size=${heapMiB}`, '--disable-warning=ExperimentalWarning', child, asked],
    {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: world.ca.path, IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header },
    },
  );
  return answer.parse(JSON.parse(stdout));
}

const mib = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(0)} MiB`;

if (import.meta.main) {
  const [rows = 1_000_000, heapMiB = 64] = process.argv.slice(2, 4).map(Number);
  const kind = process.argv[4] === 'scores' ? 'scores' : 'classes';
  const { fileBytes, tookMs, cpuMs, peakBytes, rssBytes, faults, compared } = await measure({ rows, heapMiB, kind });
  console.log(`${rows.toLocaleString('en')} rows by ${compared.join(', ')}, ${mib(fileBytes)}: ${(tookMs / 1000).toFixed(1)} s (${(cpuMs / 1000).toFixed(1)} s computing), ${Math.round(rows / (tookMs / 1000)).toLocaleString('en')} rows a second`); // prettier-ignore
  console.log(`heap at most ${mib(peakBytes)} (old space limited to ${heapMiB} MiB), whole process at most ${mib(rssBytes)}`); // prettier-ignore
  for (const fault of faults) console.log(fault);
}
