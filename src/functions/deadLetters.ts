import { app } from '@azure/functions';

// Beside the sweep, at another second: neither waits for the other.
app.timer('deadLetters', {
  schedule: '30 * * * * *',
  handler: async (_timer, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { retakeDeadLetters } = await import('../lib/intake.ts');
    await retakeDeadLetters(connect(context));
  },
});
