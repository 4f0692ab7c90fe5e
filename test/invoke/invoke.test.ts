import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { AwsRefusal, type AwsServer } from '../../infra/local/aws/index.ts';
import { localCredentials } from '../../infra/local/config.ts';
import { FunctionFailure } from '../../infra/local/function-process.ts';
import { startLambdaServer } from '../../infra/local/lambda/server.ts';
import { createInvoke } from '../../lib/invoke/index.ts';

const tooMany = () => new AwsRefusal('TooManyRequestsException', 'Rate Exceeded.', { Type: 'User' });
let calls = 0;

/** Functions by what becomes of an invocation. */
const behaviours: Readonly<Record<string, (event: unknown) => unknown>> = {
  echo: (event) => ({ echoed: event }),
  throttled: () => {
    throw tooMany();
  },
  'throttled-twice': () => {
    if (calls < 3) throw tooMany();
    return { calls };
  },
  'fails-once': () => {
    if (calls < 2) throw new Error('no machine');
    return { calls };
  },
  throws: () => {
    throw new FunctionFailure('TypeError', 'x is not a function');
  },
  dies: () => {
    throw new FunctionFailure('Runtime.ExitError', 'its process was ended by SIGKILL');
  },
  'runs-out-of-time': () => {
    throw new FunctionFailure('Sandbox.Timedout', 'did not finish within 3 s');
  },
  hangs: () => new Promise(() => {}),
  'says-too-much': () => 'a'.repeat(6_291_456),
};

let server: AwsServer;
beforeAll(async () => {
  const functions = new Map(
    Object.entries(behaviours).map(([name, behave]) => [
      name,
      {
        invoke: async ({ event }: { readonly event: unknown }) => {
          calls += 1;
          return behave(event);
        },
      },
    ]),
  );
  server = await startLambdaServer({
    ...{ functions, credentials: localCredentials, host: '127.0.0.1', port: 0 },
    ...{ now: () => Date.now(), report: () => {} },
  });
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', localCredentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', localCredentials.secretAccessKey);
});
beforeEach(() => {
  calls = 0;
});
afterAll(() => server.close());

const ask = (functionName: string, { timeoutMs = 15_000 } = {}) =>
  createInvoke({ functionName, timeoutMs })({ text: 'größer', list: [1, 2] });

test('the answer is that of the handler', async () => {
  const answer = await ask('echo');

  expect(answer).toEqual({ echoed: { text: 'größer', list: [1, 2] } });
});

test.each([
  ['throttled-twice', 3],
  ['fails-once', 2],
])('expected failure: %s is asked again', async (name, attempts) => {
  const answer = await ask(name);

  expect(answer).toEqual({ calls: attempts });
});

test('expected failure: no room after three attempts is to be tried later', async () => {
  const asked = ask('throttled');

  await expect(asked).rejects.toMatchObject({
    ...{ kind: 'not_ready', code: 'function_busy', retryAfterSeconds: 2 },
    cause: { name: 'TooManyRequestsException' },
  });
  expect(calls).toBe(3);
});

test('expected failure: silence is given up in time', async () => {
  const asked = ask('hangs', { timeoutMs: 200 });

  await expect(asked).rejects.toMatchObject({ kind: 'not_ready', code: 'function_busy' });
  expect(calls).toBe(1);
});

test('expected failure: whoever does not wait any more is not waited for', async () => {
  const gone = new AbortController();
  const invoke = createInvoke({ functionName: 'hangs', timeoutMs: 15_000 });
  const asked = invoke({}, gone.signal);
  await vi.waitUntil(() => calls === 1);
  gone.abort();

  await expect(asked).rejects.toMatchObject({ kind: 'not_ready', code: 'function_busy' });
});

test.each(['dies', 'runs-out-of-time'])(
  'expected failure: a function that %s is to be asked later, and not at once',
  async (name) => {
    const asked = ask(name);

    await expect(asked).rejects.toMatchObject({
      ...{ kind: 'not_ready', code: 'function_died', retryAfterSeconds: 5 },
    });
    expect(calls).toBe(1);
  },
);

test.each([
  ['throws', /TypeError: x is not a function/],
  ['says-too-much', /Function\.ResponseSizeTooLarge/],
  ['unknown', /ResourceNotFoundException: Function not found/],
])('expected failure: a function that %s is a failure of ours', async (name, message) => {
  const asked = ask(name);

  await expect(asked).rejects.toMatchObject({
    ...{ kind: 'upstream', code: 'function_failed', message: expect.stringMatching(message) },
  });
  expect(calls).toBeLessThanOrEqual(1);
});
