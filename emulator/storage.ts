import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StorageAddresses } from './world.ts';

/** Azurite's well-known development account: public, the same on every machine, not a secret. */
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const startLimitMs = 30_000;
const services = ['Blob', 'Queue', 'Table'] as const;
type Addresses = Record<(typeof services)[number], string>;

export interface Storage {
  readonly addresses: StorageAddresses;
  stop(): Promise<void>;
}

/** Starts Azurite on free ports; without a folder its data lives in memory. */
export async function startStorage(folder?: string): Promise<Storage> {
  const place = folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder];
  const child = fork(
    fileURLToPath(new URL('azuriteChild.ts', import.meta.url)),
    ['--blobPort', '0', '--queuePort', '0', '--tablePort', '0', '--silent', '--disableTelemetry', '--skipApiVersionCheck', ...place], // prettier-ignore
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'] },
  );
  const urls = await listening(child);
  return {
    addresses: {
      account,
      connectionString: [
        'DefaultEndpointsProtocol=http',
        `AccountName=${account}`,
        `AccountKey=${accountKey}`,
        `BlobEndpoint=${urls.Blob}/${account}`,
        `QueueEndpoint=${urls.Queue}/${account}`,
        `TableEndpoint=${urls.Table}/${account}`,
      ].join(';'),
      blob: `${urls.Blob}/${account}`,
      queue: `${urls.Queue}/${account}`,
      table: `${urls.Table}/${account}`,
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // SIGKILL would lose what was written in the last five seconds.
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Reads the three addresses from what Azurite prints on start. */
async function listening(child: ChildProcess): Promise<Addresses> {
  const found: Partial<Addresses> = {};
  let output = '';
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => fail(`did not listen within ${startLimitMs / 1000} s`), startLimitMs);
    const fail = (what: string) => {
      clearTimeout(limit);
      child.kill('SIGTERM');
      reject(new Error(`Azurite ${what}: ${output.trim()}`));
    };
    const read = (chunk: unknown) => {
      output += String(chunk);
      for (const service of services) {
        const address = new RegExp(`${service} service is successfully listening at (http://\\S+)`).exec(output)?.[1];
        if (address !== undefined) found[service] = address;
      }
      const { Blob, Queue, Table } = found;
      if (Blob === undefined || Queue === undefined || Table === undefined) return;
      clearTimeout(limit);
      child.stdout?.off('data', read).resume();
      child.stderr?.off('data', read).resume();
      child.off('exit', exited);
      resolve({ Blob, Queue, Table });
    };
    const exited = () => fail('ended while starting');
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', exited);
  });
}
