/** The route of OpenAI's dialect that turns texts into vectors. */
import * as z from 'zod';
import { jobView } from '../jobs.ts';
import { embeddingLimits } from '../limits.ts';
import { laterHeaders } from './parameters.ts';
import { type Route, route } from './route.ts';

const tokens = z.array(z.int().min(0)).min(1);

export const embeddingRoutes: readonly Route[] = [
  route({
    id: 'embeddings',
    method: 'POST',
    path: '/v1/embeddings',
    function: 'predict',
    scope: 'predict',
    headers: laterHeaders,
    summary: 'Turn texts into vectors, by an imported embedding model or one behind an endpoint.',
    request: z.looseObject({
      model: z.string(),
      input: z.union([
        z.string().min(1),
        z.array(z.string().min(1)).min(1).max(embeddingLimits.inputs),
        tokens,
        z.array(tokens).min(1).max(embeddingLimits.inputs),
      ]),
      /** Numbers, or the bytes of 32-bit floats, little-endian, as base64. */
      encoding_format: z.enum(['float', 'base64']).nullish(),
      /** So many of the first dimensions. */
      dimensions: z.int().min(1).nullish(),
      /** Which of the model's prompts to put before each text; `null` for none. */
      prompt_name: z.string().nullish(),
      user: z.string().nullish(),
    }),
    response: z.object({
      object: z.literal('list'),
      data: z.array(
        z.object({
          object: z.literal('embedding'),
          index: z.int(),
          embedding: z.union([z.array(z.number()), z.string()]),
        }),
      ),
      model: z.string(),
      usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
    }),
    accepted: jobView,
    example: {
      request: { model: 'minilm', input: ['How do I return an item?', 'Opening hours'] },
      response: {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.0123, -0.0456] }],
        model: 'minilm',
        usage: { prompt_tokens: 12, total_tokens: 12 },
      },
    },
  }),
];
