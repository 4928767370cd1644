import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = new URL('..', import.meta.url).pathname;
/** Written last to first by the bundler; any of them tells when the build was. */
const PRODUCT = join(ROOT, 'dist', 'functions', 'reconcile.js');

/** Builds the app when there is no build, or one that is older than its sources. Returns whether it had to. */
export async function buildWhenStale(announce: () => void): Promise<boolean> {
  if (existsSync(PRODUCT) && statSync(PRODUCT).mtimeMs >= newestSourceMs()) return false;
  announce();
  try {
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', 'build.ts'], { cwd: ROOT }); // prettier-ignore
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(`The app does not build: ${told.trim()}`, { cause: error });
  }
  return true;
}

function newestSourceMs(): number {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...sources, statSync(join(ROOT, 'build.ts')).mtimeMs, statSync(join(ROOT, 'package-lock.json')).mtimeMs); // prettier-ignore
}
