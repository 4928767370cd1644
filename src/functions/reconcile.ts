import { app } from '@azure/functions';

app.storageQueue('reconcile', {
  queueName: 'reconcile',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => {
    const { connect, parseLook } = await import('../lib/deps.ts');
    const { reconcile } = await import('../lib/reconcile.ts');
    await reconcile(parseLook(message), connect(context));
  },
});
