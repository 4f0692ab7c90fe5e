import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../../lib/storage/index.ts';
import { mlflowModels, mlflowRequests } from './mlflow/requests.ts';
import type { GoldenRequest } from './oip/golden.ts';
import { openaiModels, openaiRequests } from './openai/requests.ts';
import { type DialectServer, startDialectServer } from './server.ts';
import { tensorflowModels, tensorflowRequests } from './tensorflow/requests.ts';

interface JsonDialect {
  readonly name: string;
  readonly models: () => Promise<ObjectStore>;
  readonly requests: readonly (readonly [string, readonly GoldenRequest[]])[];
  /** The body of a refusal with a message. */
  readonly refusal: (message: unknown, status: number) => object;
}

const mlflowCodes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  404: 'RESOURCE_DOES_NOT_EXIST',
};

/** Dialects whose answers are JSON, and text at most. */
const dialects: readonly JsonDialect[] = [
  {
    name: 'TensorFlow Serving',
    models: tensorflowModels,
    requests: tensorflowRequests,
    refusal: (error) => ({ error }),
  },
  {
    name: 'MLflow',
    models: mlflowModels,
    requests: mlflowRequests,
    refusal: (message, status) => ({ error_code: mlflowCodes[status] ?? 'BAD_REQUEST', message }),
  },
  {
    name: 'OpenAI',
    models: openaiModels,
    requests: openaiRequests,
    refusal: (message) => ({ error: expect.objectContaining({ message, request_id: expect.any(String) }) }),
  },
];

describe.each(dialects)('$name', ({ models, requests, refusal }) => {
  let server: DialectServer;
  beforeAll(async () => {
    server = await startDialectServer(await models());
  });
  afterAll(() => server.close());

  function ask({ path, headers, body, withoutKey }: GoldenRequest): Promise<Response> {
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(`${server.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(withoutKey ? {} : { 'x-api-key': server.apiKey }),
        'content-type': 'application/json',
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
  }

  describe.each(requests)('%s', (_group, goldens) => {
    test.each(goldens)('$rule', async (golden) => {
      const answer = await ask(golden);
      const text = await answer.text();

      const { status = 200, error } = golden;
      expect(answer.status, text).toBe(status);
      expect(Object.fromEntries(answer.headers)).toMatchObject(golden.answerHeaders ?? {});
      if (golden.text !== undefined) expect(text).toBe(golden.text);
      else if (error === undefined) expect(JSON.parse(text)).toEqual(golden.json);
      else expect(JSON.parse(text)).toEqual(refusal(expect.stringMatching(error), status));
      expect(answer.headers.get('x-request-id')).toMatch(/./);
    });
  });
});
