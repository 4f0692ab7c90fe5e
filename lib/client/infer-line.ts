/** The `curl` line that asks an imported model about tensors, in the Open Inference Protocol. */
import type { ImportedManifest } from '../contracts/records.ts';
import { type CurlOptions, keyOption, quote } from './example-request.ts';

/** What the line is about. */
export interface InferLineOptions {
  readonly manifest: ImportedManifest;
  readonly apiKey: CurlOptions['apiKey'];
  /** True if the version answers without being named. */
  readonly isLive: boolean;
}

/** More values than these are filled in by the shell, not written out. */
const maxWritten = 64;
/** More than these do not fit into a request as JSON. */
const maxValues = 2_500_000;

/**
 * A line for a POSIX shell that asks with the input the model was tried on. Where that is large, Node writes it.
 *
 * @returns `null` if the model takes more values than a request of JSON can hold
 */
export function inferLine(url: string, { manifest, apiKey, isLive }: InferLineOptions): string | null {
  const { model, version, signature, probe } = manifest;
  const tensors = signature.inputs.map(({ name, type, shape }, index) => {
    const sizes = probe?.shapes[index] ?? shape.map((size) => (typeof size === 'number' ? size : 1));
    const count = sizes.reduce((product, size) => product * size, 1);
    return {
      head: { name, shape: sizes, datatype: datatypeOf(type) },
      count,
      value: fillOf(type, probe?.value),
    };
  });
  const values = tensors.reduce((sum, { count }) => sum + count, 0);
  if (values > maxValues) return null;
  const path = `/v2/models/${model}${isLive ? '' : `/versions/${version}`}/infer`;
  const curl = `curl ${quote(`${url}${path}`)} ${keyOption(apiKey)} -H ${quote('content-type: application/json')}`;
  if (values <= maxWritten) {
    const inputs = tensors.map(({ head, count, value }) => ({ ...head, data: new Array(count).fill(value) }));
    return `${curl} -d ${quote(JSON.stringify({ inputs }))}`;
  }
  const filled = tensors.map(
    ({ head, count, value }) =>
      `${JSON.stringify(head).slice(0, -1)},"data":Array(${count}).fill(${JSON.stringify(value)})}`,
  );
  return `node -p ${quote(`JSON.stringify({inputs:[${filled.join(',')}]})`)} | ${curl} -d @-`;
}

/** The protocol's name of an element type. */
function datatypeOf(type: string): string {
  return type === 'string' ? 'BYTES' : type.replace('float', 'fp').toUpperCase();
}

function fillOf(type: string, probed = 0): number | boolean | string {
  if (type === 'string') return '';
  return type === 'bool' ? probed === 1 : probed;
}
