/**
 * A container that tells what it was sent, and counts it: a prediction for each row, a token for each character. A body
 * with a field "fault" fails, one with "hang" is never answered.
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

interface Body {
  readonly instances?: readonly unknown[];
  readonly inputs?: readonly { readonly shape: readonly number[] }[];
}

/** The rows of a matrix or of tensors in JSON, or the lines of CSV. */
function rowsOf(type: string, body: string): number {
  if (!type.startsWith('application/json')) return body.trimEnd().split('\n').length;
  const { instances, inputs } = JSON.parse(body) as Body;
  return instances?.length ?? inputs?.[0]?.shape[0] ?? 0;
}

createServer(async (request, response) => {
  if (request.url === '/ping') {
    response.end();
    return;
  }
  const body = await text(request);
  const type = request.headers['content-type'] ?? '';
  if (body.includes('"hang"')) return;
  const isFault = body.includes('"fault"');
  const predictions = isFault ? [] : Array.from({ length: rowsOf(type, body) }, (_, row) => row);
  const usage = { prompt_tokens: body.length, completion_tokens: predictions.length };
  response.statusCode = isFault ? 500 : 200;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(isFault ? { error: 'out of memory' } : { type, body, predictions, usage }));
}).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), '127.0.0.1');
