/** A handler under the stack of functions that stream, which does what the body of its request says. */
import { setTimeout as delay } from 'node:timers/promises';
import { streamStack } from '../../../functions/middleware/index.ts';

async function* pieces({ body: { count = 3, failAfter, waits = false }, signal, annotate }) {
  try {
    for (let index = 0; index < count; index += 1) {
      if (index === failAfter) throw new Error('the pipe burst');
      yield `data: ${index}\n\n`;
      await delay(5);
    }
    if (!waits) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    yield `data: ${signal.reason.code}\n\n`;
  } finally {
    annotate({ closed: true });
  }
}

export const handler = streamStack(
  async (request) => ({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    stream: pieces(request),
  }),
  { service: 'stacked' },
);
