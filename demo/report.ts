import { writeFileSync } from 'node:fs';
import type { ActRecord } from './record.ts';
export function writeReport(path: string, records: readonly ActRecord[]): void {
  writeFileSync(path, JSON.stringify(records, null, 1));
}
