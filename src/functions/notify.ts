import { app } from '@azure/functions';

app.storageQueue('notify', {
  queueName: 'notify',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => {
    const { connect, parseNotify } = await import('../lib/deps.ts');
    const { deliver } = await import('../lib/deliver.ts');
    await deliver(parseNotify(message), connect(context));
  },
});
