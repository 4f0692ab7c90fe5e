import { request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DialectServer, startDialectServer } from '../server.ts';
import { binaryRequests } from './binary-requests.ts';
import { columnRequests } from './column-requests.ts';
import type { GoldenRequest } from './golden.ts';
import { inferRequests } from './infer-requests.ts';
import { oipModels } from './models.ts';
import { serverRequests } from './server-requests.ts';

let server: DialectServer;
beforeAll(async () => {
  server = await startDialectServer(await oipModels());
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Not by `fetch`, which declares a content type of its own. */
async function ask({ method, path, headers, body, withoutKey }: GoldenRequest): Promise<Answer> {
  const isPlain = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const content = isPlain ? body : JSON.stringify(body);
  const all = {
    ...(withoutKey ? {} : { 'x-api-key': server.apiKey }),
    ...(content === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const sent = Object.fromEntries(
    Object.entries(all).filter(([name, value]) => !(name === 'content-type' && value === '')),
  );
  return new Promise((resolve, reject) => {
    const options = { method: method ?? (body === undefined ? 'GET' : 'POST'), headers: sent };
    const request = send(`${server.url}${path}`, options, (response) => {
      const { statusCode = 0, headers: answered } = response;
      buffer(response).then((read) => resolve({ status: statusCode, headers: answered, body: read }), reject);
    });
    request.on('error', reject).end(content);
  });
}

/** The JSON of an answer, and what follows it. */
function divide({ headers, body }: Answer): { readonly text: string; readonly binary: Buffer | null } {
  const length = headers['inference-header-content-length'];
  if (length === undefined) return { text: body.toString(), binary: null };
  expect(headers['content-type']).toBe('application/octet-stream');
  return { text: body.subarray(0, Number(length)).toString(), binary: body.subarray(Number(length)) };
}

describe.each([
  ['the server', serverRequests],
  ['inference', inferRequests],
  ['binary tensors', binaryRequests],
  ['columns of a trained model', columnRequests],
])('Open Inference Protocol: %s', (_group, requests) => {
  test.each(requests)('$rule', async (golden) => {
    const answer = await ask(golden);
    const { text, binary } = divide(answer);

    expect(answer.status, text).toBe(golden.status ?? 200);
    expect(answer.headers).toMatchObject(golden.answerHeaders ?? {});
    expect(binary).toEqual(golden.binary === undefined ? null : Buffer.from(golden.binary));
    if (golden.text !== undefined) expect(text).toBe(golden.text);
    else if (golden.error === undefined) expect(JSON.parse(text)).toEqual(golden.json);
    else expect(JSON.parse(text)).toEqual({ error: expect.stringMatching(golden.error) });
    expect(answer.headers['x-request-id']).toMatch(/./);
  });
});
