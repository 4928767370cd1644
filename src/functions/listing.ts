import { app } from '@azure/functions';

// A timer of its own: it waits for workspaces, which may not answer. Some seconds past the quarter, so that a clock that is
// a little behind has begun it too.
app.timer('listing', {
  schedule: '15 */15 * * * *',
  handler: async (_timer, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { listPlaces } = await import('../lib/sweep/listPlaces.ts');
    await listPlaces(connect(context));
  },
});
