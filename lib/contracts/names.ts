/** Names that users choose, and the shapes of the ids Onramp makes. */
import * as z from 'zod';
import { resourceNamePattern, versionNumberPattern } from './name-patterns.ts';

/** Model and data set names: lower case, digits, `-`, `_`, `.`; they are parts of S3 keys and of addresses. */
export const resourceName = z
  .string()
  .regex(
    resourceNamePattern,
    'use 1 to 63 lower-case letters, digits, ".", "_" or "-", starting with a letter or a digit',
  );

/** A file name inside the upload folder: one path part, no control characters. */
export const uploadFileName = z
  .string()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .regex(/^(?!\.{1,2}$)[^/\\\x00-\x1f\x7f]+$/, 'use a plain file name without "/" or control characters');

/** A version number as it appears in keys and answers: `"1"`, `"2"`, ... */
export const versionNumber = z.string().regex(versionNumberPattern, 'use a version number such as "3"');
