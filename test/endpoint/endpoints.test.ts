import { expect, test } from 'vitest';
import { createEndpoints } from '../../lib/endpoint/index.ts';
import { part } from './event-stream.ts';
import { answer, frames, startRuntime } from './runtime-server.ts';

test('an endpoint gives a whole answer, and another one part by part', async () => {
  const runtime = await startRuntime(answer('{"a":1}'), frames(part('he'), part('llo')));
  const endpoints = createEndpoints({}, runtime.client);
  const a = await endpoints.invoke({ endpoint: 'llm', contentType: 'application/json', body: '{}' });
  expect(Buffer.from(a.body).toString()).toBe('{"a":1}');
  const s = await endpoints.stream({ endpoint: 'llm', contentType: 'application/json', body: '{}' });
  const got: Uint8Array[] = [];
  for await (const p of s.parts) got.push(p);
  expect(Buffer.concat(got).toString()).toBe('hello');
  expect(s).toMatchObject({ contentType: 'text/event-stream', variant: 'AllTraffic', attempts: 1 });
});
