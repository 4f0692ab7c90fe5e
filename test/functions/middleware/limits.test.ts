import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { RequestInProgress } from '../../../functions/middleware/http-request.ts';
import { type HttpHandler, httpStack, rawHttpStack } from '../../../functions/middleware/http-stack.ts';
import { reserveFor } from '../../../functions/middleware/reserve-usage.ts';
import { environmentNames } from '../../../lib/contracts/environment.ts';
import { rateLimited, silentLogger } from '../../../lib/core/index.ts';
import type { Amounts, Limiter } from '../../../lib/usage/index.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../api-gateway.ts';

beforeAll(() => {
  vi.stubEnv(environmentNames.dataBucket, 'onramp-data');
  vi.stubEnv(environmentNames.artifactBucket, 'onramp-artifacts');
  const priced = { endpoint: 'bge', kind: 'real-time', speaks: 'openai', usdPerHour: 60 };
  vi.stubEnv(environmentNames.endpoints, JSON.stringify({ bge: priced }));
});

/** A limiter that notes what it is asked, and what was used in the end. */
function recorder() {
  const asked: Amounts[] = [];
  const used: Amounts[] = [];
  const limiter: Limiter = {
    reserve: async (_who, need) => {
      asked.push(need);
      return {
        states: [
          { per: 'minute', unit: 'calls', amount: 60, left: 59, resetMs: 12_345 },
          { per: 'day', unit: 'calls', amount: 100, left: 3, resetMs: 3_600_000 },
          { per: 'day', unit: 'tokens', amount: 1000, left: 250.5, resetMs: 3_600_000 },
        ],
        settle: async (amounts) => void used.push(amounts),
      };
    },
  };
  return { limiter, asked, used };
}

const limits = [{ per: 'minute', calls: 60 }] as const;
const access = { caller: 'shop', scopes: ['predict', 'read'], models: ['*'], limits } as const;
const fine: HttpHandler<unknown> = async () => ({ status: 200, body: { ok: true } });

async function ask(limiter: Limiter, request: Partial<TestRequest> = {}, handler = fine) {
  const stack = httpStack(handler, { service: 'test', logger: silentLogger, limiter });
  const route = '/v1/chat/completions';
  const event = gatewayEvent({ method: 'POST', route, body: { model: 'chat' }, access, ...request });
  return stack(event, lambdaContext);
}

describe('a request of a key with limits', () => {
  it('is told what is left, in the words of OpenAI, of the limit that is next to be reached', async () => {
    const { limiter } = recorder();

    const { statusCode, headers } = await ask(limiter);

    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '3',
      'x-ratelimit-reset-requests': '3600s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '250',
    });
  });

  it('bad call: over a limit is refused before the handler sees it, and told when to come again', async () => {
    const handler = vi.fn(fine);
    const limiter: Limiter = {
      reserve: async () => {
        throw rateLimited('This key may use 60 calls per minute.', {
          code: 'rate_limited',
          retryAfterSeconds: 12.3,
        });
      },
    };

    const { statusCode, headers, body } = await ask(limiter, {}, handler);

    expect(statusCode).toBe(429);
    expect(headers).toMatchObject({ 'retry-after': '13' });
    expect(JSON.parse(body).error).toMatchObject({ type: 'rate_limited', code: 'rate_limited' });
    expect(handler).not.toHaveBeenCalled();
  });

  it('settles with what its log line says', async () => {
    const { limiter, used } = recorder();

    await ask(limiter, {}, async (request) => {
      request.annotate({ model: 'chat', input_tokens: 12, output_tokens: 30 });
      return { status: 200, body: {} };
    });

    expect(used).toEqual([{ calls: 1, tokens: 42, usd: expect.any(Number) }]);
    expect(used[0]!.usd).toBeGreaterThan(0.0000037);
  });

  it('whose client leaves settles with what others note of it as they hear so', async () => {
    const { limiter, used } = recorder();
    const controller = new AbortController();
    const fields: Record<string, unknown> = {};
    const left = {
      ...{ access, fields, signal: controller.signal, startedAtMs: performance.now() },
      path: {},
    };
    await reserveFor({ ...left, body: { model: 'bge' } } as unknown as RequestInProgress, limiter);
    controller.signal.addEventListener('abort', () => {
      fields.endpoint_ms = 60_000;
    });

    controller.abort();

    await expect.poll(() => used).toHaveLength(1);
    expect(used[0]!.usd).toBeGreaterThan(1);
  });

  it('that fails settles as well, and uses nothing but the call', async () => {
    const { limiter, used } = recorder();

    const { statusCode } = await ask(limiter, {}, async () => Promise.reject(new Error('boom')));

    expect(statusCode).toBe(500);
    expect(used).toMatchObject([{ calls: 1, tokens: 0 }]);
  });

  it.each([
    ['a look at a list', { method: 'GET', route: '/v1/models', body: undefined }],
    ['a key without limits', { access: { ...access, limits: undefined } as never }],
  ])('%s is held against none', async (_what, request) => {
    const { limiter, asked } = recorder();

    const { headers } = await ask(limiter, request);

    expect(asked).toEqual([]);
    expect(headers).not.toHaveProperty('x-ratelimit-limit-requests');
  });
});

describe('what a request may use at most', () => {
  const need = async (route: string, body: object): Promise<Amounts> => {
    const { limiter, asked } = recorder();
    await ask(limiter, { route, body });
    return asked[0]!;
  };

  it.each([
    ['its bound of the answer', { max_completion_tokens: 100, max_tokens: 7 }, 100],
    ['the older name of the bound', { max_tokens: 50 }, 50],
    ['as often as there are answers', { max_tokens: 50, n: 3 }, 150],
    ['an estimate where there is no bound', {}, 4096],
  ])('are the bytes of its texts and %s', async (_what, fields, answer) => {
    const messages = [{ role: 'user', content: 'Wie heißt du?' }];

    const { calls, tokens } = await need('/v1/chat/completions', { model: 'chat', messages, ...fields });

    // 14 bytes of text, 4 of "user", 11 of the names of the fields, 16 around them.
    expect({ calls, tokens }).toEqual({ calls: 1, tokens: 14 + 4 + 11 + 16 + answer });
  });

  it.each([
    ['one prompt of tokens', [1, 2, 3], 3 + 10],
    ['two prompts of tokens', [[1, 2, 3], [4]], 4 + 2 * 10],
    ['three prompts of texts', ['a', 'b', 'c'], 3 + 3 * 10],
  ])('are those of %s, and of an answer to each', async (_what, prompt, tokens) => {
    expect(await need('/v1/completions', { prompt, max_tokens: 10 })).toMatchObject({ tokens });
  });

  it('are not the bytes of an image', async () => {
    const url = `data:image/png;base64,${'A'.repeat(500_000)}`;
    const messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }];

    expect((await need('/v1/chat/completions', { messages, max_tokens: 10 })).tokens).toBeLessThan(2200);
  });

  it.each([
    ['a message', [{ role: 'user', content: `data:${'A'.repeat(50_000)}` }]],
    ['a part', [{ role: 'user', content: [{ type: 'text', text: `data:${'A'.repeat(50_000)}` }] }]],
    ['an answer of a tool', [{ role: 'tool', content: [], image_url: `data:${'A'.repeat(50_000)}` }]],
  ])('are all bytes of %s that only looks like a file', async (_what, messages) => {
    const { tokens } = await need('/v1/chat/completions', { messages, max_tokens: 10 });

    expect(tokens).toBeGreaterThan(50_000);
  });

  it('are no tokens for a model that has none, and money for a minute', async () => {
    const most = await need('/v1/models/{model}/predict', { instances: [{ text: 'long'.repeat(1000) }] });

    expect(most.tokens).toBe(0);
    expect(most.usd).toBeCloseTo(60 * 0.0000133334, 4);
  });

  it.each([
    ['a minute of the instance', { model: 'bge', input: 'a' }, 1],
    ['nothing more for a body that is no JSON', '{"model":', 0],
  ])('are %s, where the body names the model and the handler is to read it', async (_what, body, usd) => {
    const { limiter, asked } = recorder();
    const stack = rawHttpStack(fine, { service: 'test', logger: silentLogger, limiter });
    const route = '/v1/embeddings';

    await stack(gatewayEvent({ method: 'POST', route, body, access }), lambdaContext);

    expect(asked[0]!.usd).toBeCloseTo(usd, 2);
  });
});
