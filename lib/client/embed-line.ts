/** The `curl` line that asks an embedding model about a text, in OpenAI's dialect. */
import { type CurlOptions, keyOption, quote } from './example-request.ts';

/** A line for a POSIX shell that asks the live version of a model. */
export function embedLine(
  url: string,
  { model, apiKey }: { readonly model: string; readonly apiKey: CurlOptions['apiKey'] },
): string {
  const body = JSON.stringify({ model, input: ['What is the weather like?'] });
  return `curl ${quote(`${url}/v1/embeddings`)} ${keyOption(apiKey)} -H ${quote('content-type: application/json')} -d ${quote(body)}`;
}
