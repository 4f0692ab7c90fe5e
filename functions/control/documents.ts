/** The OpenAPI document and the page that shows it; the build makes both and puts them beside this code. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { HttpAnswer } from '../middleware/index.ts';
import type { Operations } from './routing.ts';

const kept = { 'cache-control': 'public, max-age=60' } as const;

export const documentOperations: Operations = {
  'GET /openapi.json': once(async () => ({
    status: 200,
    headers: { 'content-type': 'application/json', ...kept },
    text: await readBeside('openapi.json'),
  })),

  'GET /docs': once(async () => {
    const text = await readBeside('reference.html');
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentPolicy(text),
        ...kept,
      },
      text,
    };
  }),
};

const readBeside = (name: string): Promise<string> => readFile(new URL(`./${name}`, import.meta.url), 'utf8');

/** Makes an answer when it is asked for first, and gives the same one from then on. */
function once(make: () => Promise<HttpAnswer>): () => Promise<HttpAnswer> {
  let answer: Promise<HttpAnswer> | undefined;
  return () => {
    answer ??= make();
    return answer;
  };
}

/**
 * The policy of a page whose only script and style are in it: these two run, by their digests, and may speak to this
 * service alone. Whatever else finds its way into the page does nothing.
 */
export function contentPolicy(html: string): string {
  const digestsOf = (tag: string): string =>
    [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))]
      .map(([, content]) => `'sha256-${createHash('sha256').update(content!).digest('base64')}'`)
      .join(' ');
  return [
    "default-src 'none'",
    `script-src ${digestsOf('script')}`,
    `style-src ${digestsOf('style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
