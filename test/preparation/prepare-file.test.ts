import { expect, it, test } from 'vitest';
import type { FileRequest } from '../../lib/contracts/preparation.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { prepareFile } from '../../lib/preparation/index.ts';
import { pictureBytes } from '../images/pictures.ts';

const request: FileRequest = {
  ...{ kind: 'file', content_type: 'image/png', source: 'http://store/from', target: 'http://store/to' },
  image: { tensor: 'pixels', width: 3, height: 2, datatype: 'UINT8', layout: 'NHWC', body: 'binary' },
};

/** A store behind the two addresses. */
function startStore({ read, written = 200 }: { readonly read: Response; readonly written?: number }) {
  const puts: Uint8Array[] = [];
  const answer = (async (url: string, { method = 'GET', body = null } = {} as RequestInit) => {
    if (method === 'GET' && url === request.source) return read;
    puts.push(body as Uint8Array);
    return new Response(null, { status: written });
  }) as typeof fetch;
  return { tools: { decode: decodePictures, fetch: answer }, puts };
}

const bodyOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

test('a picture becomes the tensor, which is put where it is wanted', async () => {
  const { tools, puts } = startStore({ read: new Response(bodyOf(pictureBytes('large.png'))) });

  const answer = await prepareFile(request, tools);

  const { data } = await decodePictures([{ place: 'p', content: pictureBytes('large.png') }], request.image);
  expect(answer).toMatchObject({ content_type: 'application/octet-stream', size_bytes: puts[0]!.length });
  expect([...puts[0]!.subarray(answer.json_bytes)]).toEqual([...data]);
});

it.each([
  [
    'a file that is too long',
    new Response('', { headers: { 'content-length': '100000001' } }),
    'upload_too_large',
  ],
  ['a file that is no picture', new Response('no picture'), 'unsupported_image'],
  ['a file that cannot be read', new Response('', { status: 403 }), 'object_store_failed'],
])('bad call: %s is refused, and nothing is put', async (_, read, code) => {
  const { tools, puts } = startStore({ read });

  await expect(prepareFile(request, tools)).rejects.toMatchObject({ code });
  expect(puts).toEqual([]);
});

test('expected failure: a tensor that cannot be put is told', async () => {
  const read = new Response(bodyOf(pictureBytes('large.png')));
  const { tools } = startStore({ read, written: 503 });

  await expect(prepareFile(request, tools)).rejects.toMatchObject({
    kind: 'upstream',
    code: 'object_store_failed',
  });
});
