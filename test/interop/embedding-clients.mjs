// Asks for vectors by the clients for JavaScript, changed in nothing but the address. Arguments: base address, key; the
// texts are JSON on standard input.
import { text } from 'node:stream/consumers';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { OpenAIEmbeddings } from '@langchain/openai';
import { embedMany } from 'ai';
import OpenAI from 'openai';

const [baseURL, apiKey] = process.argv.slice(2);
const texts = JSON.parse(await text(process.stdin));
const model = 'minilm';

const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const answer = await client.embeddings.create({ model, input: texts });
const floats = await client.embeddings.create({ model, input: texts, encoding_format: 'float' });
const short = await client.embeddings.create({ model, input: texts[0], dimensions: 8 });
const refusal = await client.embeddings.create({ model: 'none', input: 'a' }).catch((error) => error);

const provider = createOpenAICompatible({ name: 'onramp', baseURL, apiKey });
const many = await embedMany({
  model: provider.textEmbeddingModel?.(model) ?? provider.embeddingModel(model),
  values: texts,
});

const langchain = new OpenAIEmbeddings({ model, apiKey, configuration: { baseURL } });

const vectorsIn = ({ data }) => data.map(({ embedding }) => embedding);
process.stdout.write(
  JSON.stringify({
    vectors: vectorsIn(answer),
    floats: vectorsIn(floats),
    short: vectorsIn(short)[0],
    model: answer.model,
    usage: answer.usage,
    refusal: { class: refusal.constructor.name, status: refusal.status, code: refusal.code },
    aiSdk: many.embeddings,
    langchain: await langchain.embedDocuments(texts),
  }),
);
