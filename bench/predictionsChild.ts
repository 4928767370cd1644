/** The process whose memory is measured: reads the evidence of one job with the real adapter and says what that took. */
import { z } from 'zod';
import { appCredential } from '../src/lib/azure/credential.ts';
import { armRuns } from '../src/lib/azure/runs.ts';

const asked = z.object({ endpoint: z.string(), connectionString: z.string(), workspace: z.string(), job: z.string(), metrics: z.array(z.string()) }); // prettier-ignore
const { endpoint, connectionString, workspace, job, metrics } = asked.parse(JSON.parse(process.argv[2] ?? '{}'));

let peakBytes = 0;
const watch = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed);
}, 5);
const runs = armRuns({ credential: appCredential({ managed: true }), endpoint, datastores: { connectionString } });
const startedAt = performance.now();
const usedBefore = process.cpuUsage();
const { paired, n, faults, compared = {} } = await runs.evidence(workspace, job, metrics);
const tookMs = performance.now() - startedAt;
const used = process.cpuUsage(usedBefore);
clearInterval(watch);
const rssBytes = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({
    paired,
    n,
    compared: Object.keys(compared),
    faults,
    tookMs,
    cpuMs: (used.user + used.system) / 1000,
    peakBytes,
    rssBytes,
  }),
);
