import { app } from '@azure/functions';

app.timer('sweep', {
  schedule: '0 * * * * *',
  handler: async (_timer, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { sweep } = await import('../lib/sweep.ts');
    await sweep(connect(context));
  },
});
