import { readdirSync } from 'node:fs';
import { defineConfig } from 'rolldown';

/**
 * One entry per function file, shared code in chunks: the app loads only what an event needs, because the SDK clients
 * sit behind `import()` (docs/decisions/0003-build.md). `@azure/functions-core` is supplied by the host at run time.
 */
export default defineConfig({
  input: Object.fromEntries(
    readdirSync('src/functions')
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [`functions/${file.slice(0, -3)}`, `src/functions/${file}`]),
  ),
  external: ['@azure/functions-core'],
  platform: 'node',
  output: {
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  },
});
