/** Reads `multipart/form-data` as browsers send it for a POST upload: fields first, then one file, streamed. */
import { s3Error } from './s3-error.ts';

/** A form whose file has yet to be read. */
export interface UploadForm {
  /** Text fields by lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  /** Name the browser gave the file, without its folders. */
  readonly fileName: string;
  /** Ends with the file; what follows it is ignored, as in S3. */
  readonly file: AsyncIterable<Buffer>;
}

const maxFieldsBytes = 64 * 1024;

/**
 * Reads a form up to the start of its file.
 *
 * @param contentType header with the boundary
 * @throws MalformedPOSTRequest
 */
export async function readUploadForm(
  source: AsyncIterable<Buffer>,
  contentType: string,
): Promise<UploadForm> {
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw s3Error('MalformedPOSTRequest');
  const scanner = createScanner(source);
  const fields = new Map<string, string>();
  await scanner.until(`--${boundary}\r\n`);
  for (let used = 0; used < maxFieldsBytes; ) {
    const head = (await scanner.until('\r\n\r\n')).toString('utf8');
    const name = parameter(head, 'name')?.toLowerCase();
    if (name === undefined) throw s3Error('MalformedPOSTRequest');
    if (name === 'file') {
      const fileName = (parameter(head, 'filename') ?? '').replace(/^.*[/\\]/, '');
      return { fields, fileName, file: scanner.stream(`\r\n--${boundary}`) };
    }
    const value = await scanner.until(`\r\n--${boundary}\r\n`);
    used += head.length + value.length;
    fields.set(name, value.toString('utf8'));
  }
  throw s3Error('MalformedPOSTRequest', 'The form fields before the file are too long.');
}

/** Parameter of the content disposition; browsers escape quotes and line breaks in percent form. */
function parameter(head: string, name: string): string | undefined {
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(disposition);
  const escapes: Readonly<Record<string, string>> = { '%22': '"', '%0D': '\r', '%0A': '\n' };
  return (match?.[1] ?? match?.[2])?.replace(/%22|%0D|%0A/gi, (code) => escapes[code.toUpperCase()]!);
}

interface Scanner {
  /** Everything before the marker, which is skipped. */
  until(marker: string): Promise<Buffer>;
  /** Pieces up to the marker. */
  stream(marker: string): AsyncGenerator<Buffer, void, undefined>;
}

function createScanner(source: AsyncIterable<Buffer>): Scanner {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const grow = async (): Promise<void> => {
    const { value, done } = await iterator.next();
    if (done) throw s3Error('MalformedPOSTRequest', 'The form ended too early.');
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
  };
  return {
    until: async (marker) => {
      let end = rest.indexOf(marker);
      for (; end < 0; end = rest.indexOf(marker)) {
        if (rest.length > maxFieldsBytes) throw s3Error('MalformedPOSTRequest', 'A form field is too long.');
        await grow();
      }
      const found = rest.subarray(0, end);
      rest = rest.subarray(end + marker.length);
      return found;
    },
    stream: async function* (marker) {
      let end = rest.indexOf(marker);
      for (; end < 0; end = rest.indexOf(marker)) {
        // The tail might be the beginning of the marker.
        const sure = Math.max(0, rest.length - marker.length + 1);
        if (sure > 0) yield rest.subarray(0, sure);
        rest = rest.subarray(sure);
        await grow();
      }
      if (end > 0) yield rest.subarray(0, end);
      for (let next = await iterator.next(); !next.done; next = await iterator.next());
    },
  };
}
