import { app } from '@azure/functions';

app.http('commands', {
  methods: ['POST'],
  authLevel: 'function',
  route: 'models/{environment}/{model}/{command}',
  handler: async (request, context) => {
    const { connect } = await import('../lib/deps.ts');
    const { takeCommand } = await import('../lib/intake/commands.ts');
    const { environment = '', model = '', command = '' } = request.params;
    const body: unknown = await request.json().catch(() => undefined);
    const idempotencyKey = request.headers.get('idempotency-key') ?? context.invocationId;
    const answer = await takeCommand(
      {
        key: { environment, model },
        name: command,
        body,
        idempotencyKey,
        principal: request.headers.get('x-ms-client-principal') ?? undefined,
      },
      connect(context),
    );
    return { status: answer.status, jsonBody: answer.body };
  },
});
