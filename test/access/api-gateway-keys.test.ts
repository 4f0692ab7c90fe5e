import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';

/** The client of a process is made once, so every test loads the module anew. */
async function listFrom(answer: (url: URL) => { readonly status: number; readonly body: unknown }) {
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://127.0.0.1');
    asked.push(url);
    const { status, body } = answer(url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  vi.resetModules();
  vi.stubEnv('AWS_ENDPOINT_URL_API_GATEWAY', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  const { listApiGatewayKeys } = await import('../../lib/access/index.ts');
  return { list: listApiGatewayKeys, asked };
}

afterEach(() => vi.unstubAllEnvs());

it('lists the keys of every page with their values, without those that are switched off', async () => {
  const pages: Record<string, unknown> = {
    first: {
      position: 'second',
      item: [
        { id: '1', name: 'team-a', value: 'value-a', enabled: true },
        { id: '2', name: 'team-b', value: 'value-b', enabled: false },
      ],
    },
    second: {
      item: [
        { id: '3', name: 'team-c', value: 'value-c', enabled: true },
        { id: '4', enabled: true },
      ],
    },
  };
  const { list, asked } = await listFrom((url) => ({
    status: 200,
    body: pages[url.searchParams.get('position') ?? 'first'],
  }));

  const keys = await list();

  expect(keys).toEqual([
    { name: 'team-a', value: 'value-a' },
    { name: 'team-c', value: 'value-c' },
  ]);
  expect(asked.map(({ pathname }) => pathname)).toEqual(['/apikeys', '/apikeys']);
  expect(asked[0]!.searchParams.get('includeValues')).toBe('true');
  expect(asked[0]!.searchParams.get('limit')).toBe('500');
});

it('expected failure: says so when API Gateway does not answer, and does not show its words', async () => {
  const { list } = await listFrom(() => ({ status: 403, body: { message: 'secret detail' } }));

  await expect(list()).rejects.toMatchObject({
    kind: 'upstream',
    code: 'keys_unavailable',
    message: expect.not.stringContaining('secret'),
  });
});
