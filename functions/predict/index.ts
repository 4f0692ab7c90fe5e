/** HTTPS prediction by light ONNX models. */
import { resourceName, versionNumber } from '../../lib/contracts/names.ts';
import { invalidInput } from '../../lib/core/index.ts';
import { createModelCache, predict } from '../../lib/serve/index.ts';
import { rawHttpStack, requireJsonType } from '../middleware/http-stack.ts';
import { createPlatform } from '../middleware/platform.ts';
import { validate } from '../middleware/validate.ts';

const cache = createModelCache(createPlatform());

export const handler = rawHttpStack(
  async ({ body, header, path, query, requestId }) => {
    requireJsonType(header('content-type'));
    const text = await predict(cache, {
      // Both become parts of S3 keys.
      model: validate(resourceName, path.model, 'model'),
      ...(query.version !== undefined && { version: validate(versionNumber, query.version, 'version') }),
      body: parseJson(body.text()),
      requestId,
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
