import { readdirSync } from 'node:fs';
import { rolldown } from 'rolldown';

/**
 * `npm run build`: one entry per function file, shared code in chunks. The app loads only what an event needs, because
 * the SDK clients sit behind `import()` (docs/decisions/0002-node-and-tools.md). `@azure/functions-core` is supplied by
 * the host at run time.
 */
const began = performance.now();
const files = readdirSync('src/functions').filter((file) => file.endsWith('.ts'));
const bundle = await rolldown({
  input: Object.fromEntries(files.map((file) => [`functions/${file.slice(0, -3)}`, `src/functions/${file}`])),
  external: ['@azure/functions-core'],
  platform: 'node',
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  sourcemap: true,
  minify: true,
  cleanDir: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
});
const bytes = output.reduce((sum, part) => sum + (part.type === 'chunk' ? part.code.length : 0), 0);
console.log(`dist/ holds ${files.length} function files, ${(bytes / 1e6).toFixed(1)} MB in all, built in ${((performance.now() - began) / 1000).toFixed(1)} s`); // prettier-ignore
