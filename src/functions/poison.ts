import { app } from '@azure/functions';

/** Where the host puts a key whose passes threw five times. */
app.storageQueue('poison', {
  queueName: 'reconcile-poison',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => {
    const { connect, parseLook } = await import('../lib/deps.ts');
    const { unpoison } = await import('../lib/reconcile/unpoison.ts');
    await unpoison(parseLook(message).key, connect(context));
  },
});
