import { describe, expect, it } from 'vitest';
import { endpointInput } from '../../lib/contracts/endpoint-input.ts';
import { parseEndpointModels } from '../../lib/contracts/endpoint-models.ts';

const small = { tensor: 'pixels', width: 224, height: 224 };

/** As the functions read it. */
function read(image: unknown): unknown {
  const entry = { endpoint: 'eyes', kind: 'real-time', speaks: 'raw', input: { image } };
  return parseEndpointModels(JSON.stringify({ eyes: entry }), 'ONRAMP_ENDPOINTS').get('eyes')?.input;
}

it.each([
  small,
  { ...small, fit: 'contain', kernel: 'lanczos', channels: 1, mean: [0.5], std: [0.5], scale: 1 / 255 },
  {
    ...small,
    layout: 'NHWC',
    datatype: 'UINT8',
    background: [0, 128, 255],
    profile: 'apply',
    body: 'binary',
  },
])('settings and functions take %j as it is', (image) => {
  expect(read(image)).toEqual({ image });
  expect(endpointInput.parse({ image })).toEqual({ image });
});

describe('bad call: both refuse by name', () => {
  it.each([
    ['a list', [], '"image" must be an object'],
    ['no tensor', { ...small, tensor: undefined }, '"image.tensor" must be'],
    ['a side of nothing', { ...small, width: 0 }, '"image.width" must be a whole number from 1 to 4096'],
    ['a side that is none', { ...small, height: 2.5 }, '"image.height" must be'],
    ['a field that there is not', { ...small, size: 3 }, '"image.size" is not known'],
    ['a field of every object', { ...small, constructor: 3 }, '"image.constructor" is not known'],
    ['an unknown fit', { ...small, fit: 'crop' }, '"image.fit" must be "cover" or "contain" or "fill"'],
    ['an unknown kernel', { ...small, kernel: 'box' }, '"image.kernel" must be'],
    ['two channels', { ...small, channels: 2 }, '"image.channels" must be 1 or 3'],
    ['an unknown layout', { ...small, layout: 'CHW' }, '"image.layout" must be'],
    ['an unknown datatype', { ...small, datatype: 'FP16' }, '"image.datatype" must be'],
    ['a scale of nothing', { ...small, scale: 0 }, '"image.scale" must be'],
    ['a mean for others', { ...small, channels: 1, mean: [0, 0, 0] }, '"image.mean" must be'],
    ['a deviation of nothing', { ...small, std: [1, 0, 1] }, '"image.std" must be'],
    ['a background that is none', { ...small, background: [0, 0, 256] }, '"image.background" must be'],
    ['numbers of bytes', { ...small, datatype: 'UINT8', mean: [1, 1, 1] }, 'are for "datatype": "FP32"'],
  ])('%s', (_what, image, words) => {
    expect(() => read(image)).toThrow(words);
    expect(endpointInput.safeParse({ image }).error?.issues[0]?.message).toContain(words);
  });
});
