/** A process of its own that ends another one by SIGKILL: `{afterMs}` in, `{killed}` out. Started by acts/crash.ts. */
const pid = Number(process.argv[2]);

process.on('message', (order: { readonly afterMs: number }) => {
  setTimeout(() => {
    process.kill(pid, 'SIGKILL');
    process.send?.({ killed: pid }, () => process.disconnect());
  }, order.afterMs);
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: pid });
