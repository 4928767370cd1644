/**
 * Azurite in its own process, started by storage.ts with an IPC channel. When the parent dies, however it dies, the
 * channel closes and Azurite stops as on SIGTERM (which flushes its data), instead of living on.
 */
import { createRequire } from 'node:module';

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Listened to, but no reason to stay alive once Azurite has closed its servers.
process.channel?.unref();
createRequire(import.meta.url)('azurite/dist/src/azurite.js');
