/** Archives of several tools, and what is wrong with some. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withArchive } from '../../lib/archive/index.ts';
import { listTar } from '../../lib/archive/tar.ts';
import { listZip } from '../../lib/archive/zip.ts';
import { refusalOf } from '../serve/refusal.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

/** The files of an archive by path, as text. */
async function contentsOf(archive: Uint8Array): Promise<Record<string, string> | null> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-archive-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'archive');
  writeFileSync(path, archive);
  return withArchive(path, async (entries) => {
    if (entries === null) return null;
    const texts = await Promise.all(
      entries.map(async (entry) => [entry.path, Buffer.from(await entry.read()).toString()] as const),
    );
    return Object.fromEntries(texts);
  });
}

const long = `${Array(6).fill('a-folder-with-quite-a-long-name').join('/')}/config.json`;

for (const name of ['pax.tar', 'gnu.tar', 'folder.zip']) {
  test(`the files of ${name} are read under their whole names, and links are not followed`, async () => {
    const contents = await contentsOf(fixture(name));

    expect(contents).toEqual({
      'model/tokenizer.json': '{"version": "1.0"}'.repeat(50),
      'model/1_Pooling/config.json': '{}',
      [`model/${long}`]: '{"long": true}',
      'model/über.txt': 'umlaut',
      'model/empty.txt': '',
    });
  });

  test(`bad call: ${name}, cut off, is refused`, async () => {
    const whole = fixture(name);

    const { code } = await refusalOf(contentsOf(whole.subarray(0, name === 'folder.zip' ? 900 : 1500)));

    expect(code).toBe('invalid_archive');
  });
}

test('names in a zip archive of Windows, which are not in UTF-8, keep their letters', async () => {
  const archive = fixture('folder.zip');
  // Two bytes of UTF-8 become two letters of code page 437.
  archive.set([0x94, 0x84], archive.lastIndexOf('über.txt'));

  expect(Object.keys((await contentsOf(archive))!)).toContain('model/öäber.txt');
});

test('a file that is no archive is left to others', async () => {
  expect(await contentsOf(Buffer.from('no archive at all'))).toBeNull();
});

test('bad call: a zip archive whose contents are not those of its checksums is refused', async () => {
  const damaged = fixture('folder.zip');
  damaged[damaged.indexOf('umlaut')] = 0x55;

  const { code, message } = await refusalOf(contentsOf(damaged));

  expect(code).toBe('invalid_archive');
  expect(message).toContain('is damaged');
});

test('bad call: a zip archive that unpacks to more than it says is refused', async () => {
  const bomb = fixture('folder.zip');
  const entry = bomb.indexOf(
    'PK\x01\x02model/tokenizer.json'.slice(0, 4),
    bomb.indexOf('model/tokenizer.json', 200) - 46,
  );
  bomb.writeUInt32LE(10, entry + 24);

  const { code } = await refusalOf(contentsOf(bomb));

  expect(code).toBe('invalid_archive');
});

test('bad call: a zip archive whose file is packed into more than it has is refused before that is read', async () => {
  const archive = fixture('folder.zip');
  const entry = archive.lastIndexOf('model/tokenizer.json') - 46;
  archive.writeUInt32LE(1_000_000_000, entry + 20);
  let most = 0;
  const read = async (start: number, length: number): Promise<Buffer> => {
    most = Math.max(most, length);
    return archive.subarray(start, start + length);
  };

  const entries = await listZip({ sizeBytes: archive.length, read }, { maxEntries: 10 });
  const { code } = await refusalOf(entries.find(({ path }) => path === 'model/tokenizer.json')!.read());

  expect([code, most < 1_000_000]).toEqual(['invalid_archive', true]);
});

test('bad call: a tar archive with a size in binary is refused', async () => {
  const large = fixture('gnu.tar');
  const header = large.indexOf('model/tokenizer.json');
  large[header + 124] = 0x80;

  const { code } = await refusalOf(contentsOf(large));

  expect(code).toBe('invalid_archive');
});

test('bad call: a tar archive with more folders than any model has is refused', async () => {
  const header = Buffer.alloc(512);
  header.write('folder/');
  header.write('00000000000', 124);
  header.write('5', 156);
  const bytes = { sizeBytes: Number.MAX_SAFE_INTEGER, read: async () => header };

  const { code, message } = await refusalOf(listTar(bytes, { maxEntries: 10_000 }));

  expect([code, message]).toEqual(['invalid_archive', expect.stringContaining('more than 10000 files')]);
});
