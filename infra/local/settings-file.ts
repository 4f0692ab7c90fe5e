/** Files of settings: a JSON object whose fields are the names of what is set. */
import { readFileSync } from 'node:fs';
import { invalidInput, type OnrampError } from '../../lib/core/index.ts';

/** The flag that a file is given by, and what it names. */
export interface SettingsFile {
  readonly flag: '--keys' | '--endpoints';
  readonly things: 'keys' | 'models';
}

/** The refusal of a file, for what is wrong in it. */
export const fileRefusal = (
  { flag }: Pick<SettingsFile, 'flag'>,
  file: string,
  { problem, cause }: { readonly problem: string; readonly cause?: unknown },
): OnrampError => invalidInput(`${file}: ${problem}`, { param: flag, cause });

/**
 * Reads a file of settings; what stands under its names is not looked at.
 *
 * @throws invalid_request naming the file, if it is not there or holds no JSON object
 */
export function readSettingsFile(settings: SettingsFile, file: string): Readonly<Record<string, unknown>> {
  const form = `must hold an object with the names of ${settings.things} as fields`;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'is not valid JSON';
    throw fileRefusal(settings, file, { problem: `${reason}; it ${form}`, cause });
  }
  if (content === null || typeof content !== 'object' || Array.isArray(content)) {
    throw fileRefusal(settings, file, { problem: form });
  }
  return content as Readonly<Record<string, unknown>>;
}
