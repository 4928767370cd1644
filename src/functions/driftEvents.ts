import { app } from '@azure/functions';

app.eventGrid('driftEvents', {
  handler: async (event, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { takeEvent } = await import('../lib/intake.ts');
    await takeEvent(event, connect(context));
  },
});
