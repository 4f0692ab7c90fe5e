import { expect, it, test } from 'vitest';
import { decodePictures } from '../../../lib/images/index.ts';
import { pictureColumn } from '../../../lib/serve/index.ts';
import { pictureBytes } from '../../images/pictures.ts';

const settings = { width: 3, height: 2, channels: 1 } as const;
const place = (row: number): string => `instances[${row}].photo`;

test('files and base64 become one tensor of bytes, a row each', async () => {
  const names = ['large.png', '420.jpg', 'clear.png'];
  const files = names.map((name) => pictureBytes(name));

  const tensor = await pictureColumn(
    decodePictures,
    { values: [files[0], files[1]!.toString('base64'), files[2]], place },
    settings,
  );

  const here = await decodePictures(
    files.map((content) => ({ place: 'p', content })),
    settings,
  );
  expect(tensor).toMatchObject({ type: 'uint8', dims: [3, 2, 3, 1] });
  expect([...(tensor.data as Uint8Array)]).toEqual([...here.data]);
});

it.each([
  [null, 'invalid_field'],
  ['no base64!', 'invalid_field'],
  ['AAAA', 'unsupported_image'],
])('bad call: %j is refused by its row', async (value, code) => {
  const column = { values: [pictureBytes('large.png'), value], place };

  const made = pictureColumn(decodePictures, column, settings);

  await expect(made).rejects.toMatchObject({ kind: 'invalid_request', code, param: 'instances[1].photo' });
});
