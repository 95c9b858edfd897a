import { createServer } from 'node:http';
import { Inngest, NonRetriableError } from 'inngest';
import { serve } from 'inngest/node';

// node serve.mjs: serves functions to the server in INNGEST_DEV, and says at which port. It ends with its standard input.
const client = new Inngest({ id: 'sdk', checkpointing: false });
let tries = 0;

const child = client.createFunction(
  { id: 'child', triggers: [{ event: 'sdk/child' }] },
  async ({ event, step }) => step.run('double', () => ({ doubled: event.data.n * 2 })),
);

const functions = [
  child,
  client.createFunction({ id: 'steps', retries: 3, triggers: [{ event: 'sdk/steps' }] }, async ({ event, step }) => {
    const first = await step.run('first', () => event.data.n + 1);
    await step.sleep('nap', '2s');
    const second = await step.run('flaky', () => {
      tries += 1;
      if (tries < 3) {
        throw new Error('not yet');
      }
      return first + 1;
    });
    const loop = [];
    for (let turn = 0; turn < 3; turn += 1) {
      loop.push(await step.run('turn', () => turn));
    }
    return { second, tries, loop };
  }),
  client.createFunction({ id: 'parallel', triggers: [{ event: 'sdk/parallel' }] }, async ({ step }) => {
    const [one, two] = await Promise.all([
      step.run('one', () => 1),
      step.run('two', () => 2),
      step.sleep('beside', '1s'),
    ]);
    return { sum: one + two, last: await step.run('last', () => 3) };
  }),
  client.createFunction({ id: 'invoke', triggers: [{ event: 'sdk/invoke' }] }, async ({ step }) =>
    step.invoke('call', { function: child, data: { n: 21 } }),
  ),
  client.createFunction({ id: 'wait', triggers: [{ event: 'sdk/wait' }] }, async ({ step }) => {
    const met = await step.waitForEvent('met', { event: 'sdk/answer', timeout: '1h', match: 'data.k' });
    const missed = await step.waitForEvent('missed', { event: 'sdk/never', timeout: '2s' });
    return { met: met?.data.word ?? null, missed };
  }),
  client.createFunction({ id: 'final', retries: 5, triggers: [{ event: 'sdk/final' }] }, async ({ step }) =>
    step.run('fail', () => {
      throw new NonRetriableError('never');
    }),
  ),
];

const server = createServer(serve({ client, functions }));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
