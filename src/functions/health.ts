import { app } from '@azure/functions';

/** Anonymous, for probes: says whether the app runs, reaches its storage, and has policies to go by. Names nothing. */
app.http('health', {
  methods: ['GET'],
  authLevel: 'anonymous',
  route: 'health',
  handler: async (_request, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { health } = await import('../lib/history.ts');
    const { healthy, ...body } = await health(connect(context));
    return { status: healthy ? 200 : 503, jsonBody: body };
  },
});
