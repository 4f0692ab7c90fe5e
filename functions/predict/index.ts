/** HTTPS prediction by light ONNX models. */
import { invalidInput } from '../../lib/core/index.ts';
import { createModelCache, predict } from '../../lib/serve/index.ts';
import { rawHttpStack, requireJsonType } from '../middleware/http-stack.ts';
import { createPlatform } from '../middleware/platform.ts';

const cache = createModelCache(createPlatform());

export const handler = rawHttpStack(
  async ({ body, header, path, query, requestId }) => {
    requireJsonType(header('content-type'));
    const { version } = query;
    const text = await predict(cache, {
      model: path.model ?? '',
      body: parseJson(body.text()),
      requestId,
      ...(version !== undefined && { version }),
    });
    return { status: 200, text };
  },
  { service: 'predict' },
);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidInput(`The body is not valid JSON: ${(cause as Error).message}.`, {
      code: 'invalid_json',
      cause,
    });
  }
}
