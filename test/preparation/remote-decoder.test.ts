import { expect, it, test } from 'vitest';
import { createPrepare } from '../../functions/prepare/prepare.ts';
import { lambdaPayloadBytes } from '../../lib/contracts/limits.ts';
import type { EncodedPicture, PixelSettings, PixelsRequest } from '../../lib/contracts/preparation.ts';
import { silentLogger } from '../../lib/core/index.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { createRemoteDecoder, pictureTensor } from '../../lib/preparation/index.ts';
import { pictureBytes } from '../images/pictures.ts';

/** The function behind the wire: JSON both ways, within what Lambda takes. */
function startRemote() {
  const prepare = createPrepare(silentLogger);
  const events: PixelsRequest[] = [];
  const longest = { asked: 0, answered: 0 };
  const decode = createRemoteDecoder(async (event) => {
    const asked = JSON.stringify(event);
    events.push(JSON.parse(asked));
    const answered = JSON.stringify(await prepare(JSON.parse(asked)));
    longest.asked = Math.max(longest.asked, asked.length);
    longest.answered = Math.max(longest.answered, answered.length);
    return JSON.parse(answered);
  }, 60_000);
  return { decode, events, longest };
}

const picture = (name: string, place = name): EncodedPicture => ({ place, content: pictureBytes(name) });
const small: PixelSettings = { width: 7, height: 5 };

it.each<PixelSettings>([
  small,
  { ...small, channels: 1, fit: 'contain', kernel: 'lanczos', background: [1, 200, 3] },
  { ...small, profile: 'apply', fit: 'fill' },
])('%j gives the pixels of this process, in the order of the pictures', async (settings) => {
  const { decode, events } = startRemote();
  const names = ['large.png', '420.jpg', 'lossy.webp', 'profile.jpg', 'clear.png'];
  const pictures = [...names, ...names].map((name, index) =>
    index % 2 === 0 ? picture(name) : { place: name, content: pictureBytes(name).toString('base64') },
  );

  const tensor = await decode(pictures, settings);

  const here = await decodePictures(pictures, settings);
  expect(tensor.shape).toEqual(here.shape);
  expect(Buffer.from(tensor.data).equals(here.data)).toBe(true);
  expect(events.map((event) => event.pictures.length)).toEqual([8, 2]);
});

test('pictures whose pixels are too many for one answer come in parts of their rows', async () => {
  const { decode, events, longest } = startRemote();
  const settings = { width: 1300, height: 1301, channels: 3 } as const;
  const pictures = [picture('420.jpg'), picture('large.png')];

  const tensor = await decode(pictures, settings);

  const here = await decodePictures(pictures, settings);
  expect(Buffer.from(tensor.data).equals(here.data)).toBe(true);
  expect(events.map(({ rows }) => rows)).toEqual([
    [0, 1206],
    [1206, 1301],
    [0, 1206],
    [1206, 1301],
  ]);
  expect(longest.answered).toBeLessThanOrEqual(lambdaPayloadBytes);
});

test('files that are too long together go in several calls', async () => {
  const { decode, events, longest } = startRemote();
  // Decoders stop at the end of a picture.
  const padded = Buffer.concat([pictureBytes('colour.png'), Buffer.alloc(2_000_000)]);
  const pictures = [1, 2, 3, 4, 5].map((at) => ({ place: `p${at}`, content: padded }));

  const { shape } = await decode(pictures, small);

  expect(shape).toEqual([5, 5, 7, 3]);
  expect(events.map((event) => event.pictures.map(({ place }) => place))).toEqual([
    ['p1', 'p2'],
    ['p3', 'p4'],
    ['p5'],
  ]);
  expect(longest.asked).toBeLessThanOrEqual(lambdaPayloadBytes);
});

it.each([
  ['bomb.png', 'image_too_large'],
  ['moving.webp', 'unsupported_image'],
])('bad call: %s is refused in the words of the decoder', async (name, code) => {
  const { decode } = startRemote();
  const pictures = [picture('large.png'), picture(name, 'instances[1].b64')];

  const refusal = await decode(pictures, small).catch((failure: unknown) => failure);

  const here = await decodePictures(pictures, small).catch((failure: unknown) => failure);
  expect(refusal).toMatchObject({ kind: 'invalid_request', code, param: 'instances[1].b64' });
  expect((refusal as Error).message).toBe((here as Error).message);
});

test('bad call: a file longer than an event is refused without being sent', async () => {
  const { decode, events } = startRemote();

  const decoding = decode([{ place: 'body', content: Buffer.alloc(4_800_000) }], small);

  await expect(decoding).rejects.toMatchObject({ code: 'image_too_large', param: 'body' });
  expect(events).toEqual([]);
});

it.each([{}, null, { base64: 'AAAA' }, { base64: 7 }])(
  'expected failure: the answer %j is a fault of ours',
  async (answer) => {
    const decode = createRemoteDecoder(async () => answer, 60_000);

    await expect(decode([picture('large.png')], small)).rejects.toMatchObject({ kind: 'internal' });
  },
);

test('bad call: more values than one tensor may have are refused before anything is decoded', async () => {
  const { decode, events } = startRemote();
  const pictures = Array.from({ length: 4 }, () => picture('large.png'));

  const decoding = pictureTensor(decode, pictures, { width: 4096, height: 4096 });

  await expect(decoding).rejects.toMatchObject({
    code: 'input_too_large',
    message: '4 pictures of 4096 x 4096 are too many at a time; send at most 1.',
  });
  expect(events).toEqual([]);
});

/** Invocations of which the first ends so, and the others when they are given up. */
function startSilent(timeoutMs: number, first: () => Promise<unknown> = () => new Promise(() => {})) {
  let begun = 0;
  let givenUp = 0;
  const decode = createRemoteDecoder((_, signal) => {
    begun += 1;
    const silence = new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        givenUp += 1;
        reject(signal.reason);
      });
    });
    return begun === 1 ? Promise.race([first(), silence]) : silence;
  }, timeoutMs);
  return { decode, counts: () => ({ begun, givenUp }) };
}

const hundred = Array.from({ length: 100 }, () => picture('large.png'));

test('expected failure: many calls have one time together, and none is begun after it', async () => {
  const { decode, counts } = startSilent(20);

  const decoding = decode(hundred, small);

  await expect(decoding).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(counts()).toEqual({ begun: 8, givenUp: 8 });
});

test('expected failure: the first call that fails ends those beside it', async () => {
  const { decode, counts } = startSilent(60_000, () => Promise.reject(new Error('no room')));

  const decoding = decode(hundred, small);

  await expect(decoding).rejects.toThrow('no room');
  expect(counts()).toEqual({ begun: 8, givenUp: 8 });
});
