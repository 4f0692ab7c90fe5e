/** Looks at a file before a library does whose messages speak of other things. */
import { open } from 'node:fs/promises';
import { invalidInput } from '../../../lib/core/index.ts';

/**
 * Checks that a file is there and begins as GGUF does: with these four letters.
 *
 * @throws invalid_request `model_missing` or `model_invalid`
 */
export async function checkGgufFile(path: string): Promise<void> {
  const head = Buffer.alloc(4);
  try {
    const file = await open(path);
    try {
      await file.read(head);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw invalidInput(`The model ${path}: ${reason}; give the path of a GGUF file in "gguf".`, {
      code: 'model_missing',
      cause,
    });
  }
  if (head.toString('latin1') !== 'GGUF') {
    throw invalidInput(
      `The model ${path} is not a GGUF file; models in other formats have to be converted first, for instance by llama.cpp's convert_hf_to_gguf.py.`,
      { code: 'model_invalid' },
    );
  }
}
