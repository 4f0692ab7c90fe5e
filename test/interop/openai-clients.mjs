// Speaks to a service by the clients for JavaScript that speak OpenAI's dialect, changed in nothing but the address, and
// says what came of it as JSON. Arguments: base address, key, key without rights to the models.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { HumanMessage } from '@langchain/core/messages';
import { tool as langchainTool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const [baseURL, apiKey, otherKey] = process.argv.slice(2);
const model = 'assistant';
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const user = (content) => [{ role: 'user', content }];

const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a place.',
    parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  },
};

/** What a typed error of the client says. */
const errorOf = async (promise) => {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    const { status, code, param, type } = error;
    return {
      class: error.constructor.name,
      status,
      code,
      param,
      type,
      hasRequestId: Boolean(error.requestID),
    };
  }
};

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const openaiCases = {
  chat: async () => {
    const answer = await client.chat.completions.create({ model, messages: user('count 3') });
    const { object, choices, usage, _request_id: requestId } = answer;
    return { object, model: answer.model, choices, usage, hasRequestId: Boolean(requestId) };
  },
  stream: async () => {
    const options = { include_usage: true };
    const chunks = await readAll(
      await client.chat.completions.create({
        ...{ model, messages: user('count 3'), stream: true, stream_options: options },
      }),
    );
    return {
      ids: new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size,
      models: [...new Set(chunks.map((chunk) => chunk.model))],
      roles: chunks.map(({ choices }) => choices[0]?.delta.role ?? null),
      text: chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''),
      reasons: chunks.map(({ choices }) => choices[0]?.finish_reason ?? null),
      usages: chunks.map(({ usage }) => usage),
    };
  },
  'stream without usage': async () => {
    const request = { model, messages: user('count 2'), stream: true };
    const chunks = await readAll(await client.chat.completions.create(request));
    return { chunks: chunks.length, withUsage: chunks.filter((chunk) => 'usage' in chunk).length };
  },
  'stream helper': async () => {
    const stream = client.chat.completions.stream({ model, messages: user('count 4') });
    const { choices } = await stream.finalChatCompletion();
    return choices[0];
  },
  tools: async () => {
    const request = { model, messages: user('weather in Bern'), tools: [weather] };
    const { choices } = await client.chat.completions.create(request);
    return { reason: choices[0].finish_reason, calls: choices[0].message.tool_calls };
  },
  'streamed tools': async () => {
    const request = { model, messages: user('weather in Bern'), tools: [weather] };
    const { choices } = await client.chat.completions.stream(request).finalChatCompletion();
    const [{ id, type, function: called }] = choices[0].message.tool_calls;
    return {
      reason: choices[0].finish_reason,
      call: { id, type, name: called.name, text: called.arguments },
    };
  },
  'tools that run': async () => {
    const called = [];
    const runner = client.chat.completions.runTools({
      ...{ model, messages: user('weather in Bern') },
      tools: [
        {
          type: 'function',
          function: {
            ...weather.function,
            parse: JSON.parse,
            function: (args) => {
              called.push(args);
              return 'sunny';
            },
          },
        },
      ],
    });
    return { answer: await runner.finalContent(), called };
  },
  json: async () => {
    const request = { model, messages: user('a word'), response_format: { type: 'json_object' } };
    const { choices } = await client.chat.completions.create(request);
    return JSON.parse(choices[0].message.content);
  },
  'json of a schema': async () => {
    const format = zodResponseFormat(z.object({ text: z.string() }), 'said');
    const request = { model, messages: user('a word'), response_format: format };
    const { choices } = await client.chat.completions.parse(request);
    return choices[0].message.parsed;
  },
  'several answers': async () => {
    const request = { model, messages: user('count 9'), n: 2, max_tokens: 2, logprobs: true, seed: 7 };
    const { choices, usage } = await client.chat.completions.create(request);
    return {
      texts: choices.map(({ message }) => message.content),
      reasons: choices.map((choice) => choice.finish_reason),
      tokens: choices.map(({ logprobs }) => logprobs.content.map(({ token }) => token)),
      usage,
    };
  },
  stop: async () => {
    const { choices } = await client.chat.completions.create({
      model,
      messages: user('count 9'),
      stop: ['4'],
    });
    return choices[0].message.content;
  },
  picture: async () => {
    const url = `data:image/png;base64,${Buffer.alloc(300).toString('base64')}`;
    const parts = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url } },
    ];
    const { choices } = await client.chat.completions.create({ model, messages: user(parts) });
    return choices[0].message.content === `What is this? [image_url ${url.length}]`;
  },
  completion: async () => {
    const { object, choices } = await client.completions.create({ model, prompt: 'count 3' });
    return { object, choice: choices[0] };
  },
  'streamed completion': async () => {
    const chunks = await readAll(await client.completions.create({ model, prompt: 'count 3', stream: true }));
    return chunks.map(({ choices }) => choices[0].text).join('');
  },
  models: async () => {
    const { object, data } = await client.models.list();
    return { object, isList: Array.isArray(data) };
  },
  errors: async () => {
    const ask = (body, options) =>
      errorOf(new OpenAI({ baseURL, apiKey, maxRetries: 0, ...options }).chat.completions.create(body));
    const valid = { model, messages: user('x') };
    const failing = (status) => ({ ...valid, fault: { kind: 'status', status } });
    return {
      'wrong value': await ask({ ...valid, temperature: 9 }),
      'wrong key': await ask(valid, { apiKey: 'nobody' }),
      'no right': await ask(valid, { apiKey: otherKey }),
      'no model': await ask({ ...valid, model: 'gpt-4o' }),
      refused: await ask(failing(422)),
      busy: await ask(failing(429)),
      failed: await ask(failing(500)),
      garbage: await ask({ ...valid, fault: { kind: 'garbage' } }),
      'in the stream': await errorOf(
        client.chat.completions
          .create({ ...valid, messages: user('count 5'), stream: true, fault: { kind: 'break', after: 2 } })
          .then(readAll),
      ),
    };
  },
  retries: async () => {
    const attempts = [];
    // The container is told to fail by the request itself: from the second attempt on it is not.
    const fetchWithoutFault = async (url, init) => {
      const { fault, ...body } = JSON.parse(init.body);
      const isFirst = attempts.length === 0;
      const answer = await fetch(url, { ...init, body: JSON.stringify(isFirst ? { ...body, fault } : body) });
      attempts.push([answer.status, answer.headers.get('retry-after')]);
      return answer;
    };
    const patient = new OpenAI({ baseURL, apiKey, maxRetries: 2, fetch: fetchWithoutFault });
    const { choices } = await patient.chat.completions.create({
      ...{ model, messages: user('count 2'), fault: { kind: 'status', status: 429 } },
    });
    return { attempts, text: choices[0].message.content };
  },
  abort: async () => {
    const stream = await client.chat.completions.create({
      ...{ model, messages: user('count 1000'), stream: true, fault: { kind: 'slow', ms: 20 } },
    });
    const seen = [];
    for await (const chunk of stream) {
      seen.push(chunk.choices[0].delta.content);
      if (seen.length === 4) stream.controller.abort();
    }
    return seen;
  },
};

const provider = createOpenAICompatible({
  ...{ name: 'onramp', baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true },
});
const tools = {
  weather: tool({
    description: 'The weather in a place.',
    inputSchema: z.object({ text: z.string() }),
    execute: async () => 'sunny',
  }),
};

const aiSdkCases = {
  text: async () => {
    const { text, finishReason, usage } = await generateText({ model: provider(model), prompt: 'count 3' });
    return { text, finishReason, input: usage.inputTokens, output: usage.outputTokens };
  },
  stream: async () => {
    const result = streamText({ model: provider(model), prompt: 'count 3' });
    const parts = await readAll(result.textStream);
    const { inputTokens: input, outputTokens: output } = await result.usage;
    return { parts, reason: await result.finishReason, input, output };
  },
  tools: async () => {
    const { text, steps } = await generateText({
      ...{ model: provider(model), prompt: 'weather in Bern', tools, stopWhen: stepCountIs(3) },
    });
    return {
      text,
      calls: steps.flatMap(({ toolCalls }) => toolCalls.map(({ toolName, input }) => [toolName, input])),
    };
  },
  'streamed tools': async () => {
    const result = streamText({
      ...{ model: provider(model), prompt: 'weather in Bern', tools, stopWhen: stepCountIs(3) },
    });
    return { text: await result.text, steps: (await result.steps).length };
  },
  json: async () => {
    const output = Output.object({ schema: z.object({ text: z.string() }) });
    return (await generateText({ model: provider(model), prompt: 'a word', output })).output;
  },
  'no model': async () => {
    try {
      await generateText({ model: provider('gpt-4o'), prompt: 'x', maxRetries: 0 });
      return 'no error';
    } catch (error) {
      return {
        isCallError: APICallError.isInstance(error),
        status: error.statusCode,
        retries: error.isRetryable,
      };
    }
  },
};

const chat = new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL } });
const weatherTool = langchainTool(async () => 'sunny', {
  name: 'weather',
  description: 'The weather in a place.',
  schema: z.object({ text: z.string() }),
});

const langchainCases = {
  invoke: async () => {
    const { content, usage_metadata: usage } = await chat.invoke([new HumanMessage('count 3')]);
    return { content, usage: [usage.input_tokens, usage.output_tokens] };
  },
  stream: async () => (await readAll(await chat.stream('count 3'))).map(({ content }) => content).join(''),
  tools: async () => {
    const { tool_calls: calls } = await chat.bindTools([weatherTool]).invoke('weather in Bern');
    return calls.map(({ name, args }) => [name, args]);
  },
  'streamed tools': async () => {
    const chunks = await readAll(await chat.bindTools([weatherTool]).stream('weather in Bern'));
    const { tool_calls: calls } = chunks.reduce((all, chunk) => all.concat(chunk));
    return calls.map(({ name, args }) => [name, args]);
  },
  json: async () =>
    chat.withStructuredOutput(z.object({ text: z.string() }), { method: 'jsonMode' }).invoke('a word'),
  'no model': async () =>
    errorOf(
      new ChatOpenAI({ model: 'gpt-4o', apiKey, maxRetries: 0, configuration: { baseURL } }).invoke('x'),
    ),
};

/** Each case by itself, so that one that fails tells its own story. */
async function run(cases) {
  const found = {};
  for (const [name, one] of Object.entries(cases)) {
    found[name] = await one().catch((error) => ({ failed: String(error?.stack ?? error) }));
  }
  return found;
}

const found = {
  openai: await run(openaiCases),
  aiSdk: await run(aiSdkCases),
  langchain: await run(langchainCases),
};
process.stdout.write(JSON.stringify(found));
