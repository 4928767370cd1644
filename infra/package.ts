/** `npm exec -- node infra/package.ts [FOLDER]`: what a deployment holds, and nothing else. Run `npm run build` before. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** The bundle has its libraries inside: no node_modules, no dependencies in package.json, so nothing to install in Azure. */
export function packageApp(folder: string): void {
  if (!existsSync(join(root, 'dist/functions'))) throw new Error('dist/ is missing: npm run build makes it');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true, filter: (file) => !file.endsWith('.map') });
  cpSync(join(root, 'host.json'), join(folder, 'host.json'));
  const { name, version, type, main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version, type, main }, null, 2)}\n`);
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? join(root, '.steward/app'));
  packageApp(folder);
  console.log(`Packaged in ${folder}`);
}
