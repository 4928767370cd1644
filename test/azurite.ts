import { startStorage } from '../emulator/storage.ts';

export interface TestAzurite {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** The real storage services' emulator, empty, in memory, on free ports; stopped by SIGTERM. */
export async function startAzurite(): Promise<TestAzurite> {
  const storage = await startStorage();
  return { connectionString: storage.addresses.connectionString, stop: () => storage.stop() };
}
