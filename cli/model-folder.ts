/** Folders of embedding models on their way to the service: as one archive, without what it does not need. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { parseJson } from '../lib/core/index.ts';
import { tarOf } from './tar.ts';

/** Where the ONNX file of a folder usually is. */
const usualModels = ['model.onnx', join('onnx', 'model.onnx')];

/** Does work with a file to upload: the one at the path, or an archive of the folder there, which is gone afterwards. */
export async function withModelFile<T>(path: string, work: (file: string) => Promise<T>): Promise<T> {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return work(path);
  const folder = mkdtempSync(join(tmpdir(), 'onramp-folder-'));
  try {
    const file = join(folder, 'model.tar');
    const files = neededFiles(path).map((name) => ({
      path: name.replaceAll(sep, '/'),
      body: readFileSync(join(path, name)),
    }));
    // The same folder gives the same bytes whenever it is sent.
    writeFileSync(file, tarOf(files, new Date(0)));
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Settings, tokenizer and the ONNX file; not the weights for other runtimes, nor what version control keeps. */
function neededFiles(path: string): readonly string[] {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.split(sep).some((part) => part.startsWith('.')) && statSync(join(path, name)).isFile(),
  );
  const named = modelNamed(path);
  const usual = named ?? usualModels.find((name) => names.includes(name));
  const isNeeded = (name: string): boolean =>
    name.endsWith('.json') || (usual === undefined ? name.endsWith('.onnx') : name === usual);
  return names.filter(isNeeded).sort();
}

/** What `onramp.json` names; what is wrong with that file, the service says. */
function modelNamed(path: string): string | undefined {
  const settings = join(path, 'onramp.json');
  if (!existsSync(settings)) return undefined;
  try {
    const { model } = parseJson(readFileSync(settings, 'utf8')) as { readonly model?: unknown };
    return typeof model === 'string' ? join(model) : undefined;
  } catch {
    return undefined;
  }
}
