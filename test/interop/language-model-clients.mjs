// Speaks to a real language model by OpenAI's client for JavaScript, and says what came of it as JSON.
// Arguments: base address, key, system message, the user's message.
import OpenAI from 'openai';

const [baseURL, apiKey, system, question] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [
  { role: 'system', content: system },
  { role: 'user', content: question },
];
const asked = { model: 'smollm2', messages, temperature: 0, max_tokens: 60 };
const create = (more = {}) => client.chat.completions.create({ ...asked, ...more });

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 20 },
    age: { type: 'integer' },
    mood: { enum: ['happy', 'sad'] },
  },
  required: ['name', 'age', 'mood'],
  additionalProperties: false,
};
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

const said = ({ choices: [{ message, finish_reason: reason }], usage }) => ({
  text: message.content,
  calls: message.tool_calls?.map((call) => call.function),
  reason,
  usage,
});

async function streamed(options) {
  const chunks = [];
  for await (const chunk of await create({
    ...options,
    stream: true,
    stream_options: { include_usage: true },
  })) {
    chunks.push(chunk);
  }
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
  return {
    text: deltas.map(({ content }) => content ?? '').join(''),
    pieces: deltas.filter(({ content }) => content).length,
    reason: chunks.findLast(({ choices }) => choices[0]?.finish_reason)?.choices[0].finish_reason,
    usage: chunks.at(-1).usage,
  };
}

const errorOf = async (promise) => {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    return { status: error.status, code: error.code, param: error.param };
  }
};

const person = [{ role: 'user', content: 'Describe Ann, who is 31 years old and happy, as JSON.' }];
const paris = [{ role: 'user', content: 'What is the weather in Paris?' }];
const picture = [
  { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
];
const found = {
  first: said(await create()),
  again: said(await create()),
  stream: await streamed(),
  seeds: await Promise.all(
    [5, 5, 6].map(async (seed) => said(await create({ seed, temperature: 1, max_tokens: 16 })).text),
  ),
  limited: said(await create({ max_tokens: 5 })),
  stop: said(await create({ stop: ['.', ','] })),
  schema: said(
    await create({
      ...{ messages: person, max_tokens: 200 },
      response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema } },
    }),
  ),
  tool: said(await create({ messages: paris, tools: [weather], tool_choice: 'required', max_tokens: 80 })),
  logprobs: (await create({ logprobs: true, top_logprobs: 2, max_tokens: 2 })).choices[0].logprobs.content,
  completion: (
    await client.completions.create({
      model: 'smollm2',
      prompt: 'Once upon a time',
      temperature: 0,
      max_tokens: 5,
    })
  ).usage,
  picture: await errorOf(create({ messages: picture })),
  rule: await errorOf(
    create({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object', patternProperties: {} } },
      },
    }),
  ),
};
console.log(JSON.stringify(found));
