import { expect, it, test, vi } from 'vitest';
import { createPrepare } from '../../../functions/prepare/prepare.ts';
import { silentLogger } from '../../../lib/core/index.ts';
import { pictureBytes } from '../../images/pictures.ts';

const settings = { width: 2, height: 1 };
const picture = { place: 'instances[0].b64', base64: pictureBytes('grey.png').toString('base64') };

test('a line is logged of each input, with nothing of it', async () => {
  const info = vi.fn();
  const prepare = createPrepare({ ...silentLogger, info });

  await prepare({ kind: 'pixels', settings, pictures: [picture] });
  await prepare({ kind: 'pixels', settings, pictures: [picture, { ...picture, base64: 'AAAA' }] });

  const ms = expect.any(Number);
  expect(info.mock.calls).toEqual([
    ['input prepared', { kind: 'pixels', pictures: 1, ms }],
    ['input prepared', { kind: 'pixels', pictures: 2, code: 'unsupported_image', ms }],
  ]);
});

it.each([
  null,
  {},
  { kind: 'rows', settings, pictures: [] },
  { kind: 'pixels', settings: { width: 0, height: 1 }, pictures: [] },
  { kind: 'pixels', settings },
  { kind: 'file', image: { ...settings, tensor: 'x' }, source: 'http://127.0.0.1/' },
])('bad call: the event %j fails the invocation', async (event) => {
  const prepare = createPrepare(silentLogger);

  await expect(prepare(event)).rejects.toMatchObject({ kind: 'internal', code: 'event_invalid' });
});
