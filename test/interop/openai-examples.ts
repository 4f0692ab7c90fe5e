/** The examples of the page on OpenAI's dialect, as programs that ask a platform of a test. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const page = fileURLToPath(new URL('../../docs/openai.md', import.meta.url));
const shownAddress = 'http://localhost:8787';

/** The examples in a language, with the address of the page replaced. */
export function examplesIn(language: 'sh' | 'js' | 'python', url: string): readonly string[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/```(\w+)\n([\s\S]*?)```/g);
  return [...blocks].flatMap(([, name, code]) =>
    name === language ? [code!.replaceAll(shownAddress, url)] : [],
  );
}

/** Writes examples down as files in a folder and gives their paths. */
export const writeExamples = (
  examples: readonly string[],
  folder: string,
  extension: string,
): readonly string[] =>
  examples.map((code, index) => {
    const path = join(folder, `example-${index}.${extension}`);
    writeFileSync(path, code);
    return path;
  });
