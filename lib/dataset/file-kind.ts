/** What a file is, by its first bytes: names lie. */

/** What can be read, and what is recognised in order to say so. */
export type FileKind =
  | { readonly kind: 'empty' }
  | { readonly kind: 'gzip' }
  | { readonly kind: 'parquet' }
  | { readonly kind: 'archive' }
  | { readonly kind: 'text'; readonly layout: TextLayout }
  | { readonly kind: 'foreign'; readonly name: string; readonly advice: string };

/** Tables as text: delimited lines, one JSON object a line, or one JSON array of objects. */
export type TextLayout = 'csv' | 'json_lines' | 'json_array';

const saveAs = 'Save the data as CSV (UTF-8), JSON Lines or Parquet and upload that.';

const sendFolders =
  'Send pictures as a zip of folders, one for each class, or in a column of a Parquet file.';

/** First bytes of files that are not tables we read, longest first where one starts like another. */
const foreign: readonly (readonly [signature: string, name: string, advice: string])[] = [
  ['\x89PNG', 'a PNG image', sendFolders],
  ['\xff\xd8\xff', 'a JPEG image', sendFolders],
  ['GIF8', 'a GIF image', saveAs],
  ['%PDF-', 'a PDF document', saveAs],
  [
    '\xd0\xcf\x11\xe0',
    'an old Excel workbook or Office document',
    'Open it and save the sheet as "CSV UTF-8".',
  ],
  ['\0\0\x08\x03', 'an IDX file of pictures', 'Put it into one zip with the file of its labels.'],
  ['\0\0\x08\x01', 'an IDX file of labels', 'Put it into one zip with the file of its pictures.'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', 'Unpack it and upload the table inside.'],
  ['Rar!', 'a RAR archive', 'Unpack it and upload the table inside.'],
  ['BZh', 'a bzip2 archive', 'Unpack it, or compress it with gzip instead.'],
  ['\xfd7zXZ', 'an xz archive', 'Unpack it, or compress it with gzip instead.'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard archive', 'Unpack it, or compress it with gzip instead.'],
  ['SQLite format 3', 'an SQLite database', saveAs],
  ['\x93NUMPY', 'a NumPy array', saveAs],
  ['ARROW1', 'an Arrow (Feather) file', 'Save it as Parquet and upload that.'],
  ['ORC', 'an ORC file', 'Save it as Parquet and upload that.'],
  ['Obj\x01', 'an Avro file', 'Save it as Parquet and upload that.'],
  ['\x89HDF', 'an HDF5 file', saveAs],
  ['\x7fELF', 'a program', saveAs],
  ['\x80\x04\x95', 'a Python pickle', saveAs],
];

/** Signatures that are also words, such as a column "ORCID" or "PAR1": they count where the file is not plain text. */
const words: ReadonlySet<string> = new Set(['Rar!', 'BZh', 'ARROW1', 'ORC']);

const utf8Only = 'Save it again with the encoding UTF-8 (in Excel: "CSV UTF-8").';

/**
 * Recognises a file.
 *
 * @param head its first bytes, some thousands if it has them
 */
export function detectFileKind(head: Uint8Array): FileKind {
  if (head.length === 0) return { kind: 'empty' };
  const start = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  if (start.startsWith('\x1f\x8b')) return { kind: 'gzip' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what text does not hold
  const isBinary = /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(start);
  if (isBinary && start.startsWith('PAR1')) return { kind: 'parquet' };
  if (isBinary && start.startsWith('PARE')) {
    return { kind: 'foreign', name: 'an encrypted Parquet file', advice: 'Upload it without encryption.' };
  }
  if (start.startsWith('PK\x03\x04')) return zipKind(start);
  if (start.startsWith('ustar', 257)) return { kind: 'archive' };
  if (start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff')) {
    return { kind: 'foreign', name: 'text in the encoding UTF-16', advice: utf8Only };
  }
  const match = foreign.find(
    ([signature]) => start.startsWith(signature) && (isBinary || !words.has(signature)),
  );
  if (match !== undefined) return { kind: 'foreign', name: match[1], advice: match[2] };
  return textKind(start.startsWith('\xef\xbb\xbf') ? start.slice(3) : start);
}

function zipKind(start: string): FileKind {
  const workbook = /\[Content_Types\]\.xml|_rels\/\.rels|\bxl\/(workbook|worksheets)/.test(start);
  return workbook
    ? {
        kind: 'foreign',
        name: 'an Excel workbook (.xlsx)',
        advice: 'Open it and save the sheet as "CSV UTF-8".',
      }
    : { kind: 'archive' };
}

function textKind(text: string): FileKind {
  if (/^\s*$/.test(text)) return { kind: 'empty' };
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) {
    return {
      kind: 'foreign',
      name: 'a web page or XML document',
      advice:
        'If it was downloaded, check the address: a log-in or error page may have been saved instead of the data.',
    };
  }
  if (/^\s*\[\s*[[{\]]/.test(text)) return { kind: 'text', layout: 'json_array' };
  if (/^\s*\{\s*["}]/.test(text)) return { kind: 'text', layout: 'json_lines' };
  return { kind: 'text', layout: 'csv' };
}
