/** Recognises the files that people upload by mistake instead of an ONNX model. */

/** First bytes in Latin-1; none of them can begin an ONNX file. */
const signatures: readonly (readonly [start: string, description: string])[] = [
  [
    'PK\x03\x04',
    'it is a zip archive (a PyTorch checkpoint, a Keras file or .npz?); export the model to ONNX',
  ],
  ['\x1f\x8b', 'it is compressed with gzip; unpack it first'],
  ['\x28\xb5\x2f\xfd', 'it is compressed with zstd; unpack it first'],
  ['\x89PNG', 'it is a PNG image'],
  ['\xff\xd8\xff', 'it is a JPEG image'],
  ['%PDF', 'it is a PDF document'],
  ['\x89HDF', 'it is an HDF5 file (Keras?); export the model to ONNX, for example with tf2onnx'],
  ['\x93NUMPY', 'it is a NumPy array'],
  ['PAR1', 'it is a Parquet file; upload it as a data set'],
  ['GGUF', 'it is a GGUF language model'],
  ['\x7fELF', 'it is a program'],
  ['version https://git-lfs', 'it is a Git LFS pointer; run git lfs pull to get the file itself'],
  ['{', 'it is JSON text'],
  ['<', 'it is HTML or XML text'],
];

/** Pickles of protocol 2 to 5 begin so. */
const isPickle = (bytes: Uint8Array): boolean => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5;

/** FlatBuffers keep their file kind in the bytes 4 to 7. */
const flatBufferKinds: Readonly<Record<string, string>> = {
  ORTM: 'it is in the ORT format; upload the .onnx file it was made from',
  TFL3: 'it is a TensorFlow Lite model; export the model to ONNX, for example with tf2onnx',
};

/** The number of bytes that the longest signature needs. */
const HEAD_BYTES = 24;

/** What a file is if it cannot be ONNX by its first bytes, with the way out; null if it may be ONNX. */
export function describeForeignFile(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'it is empty';
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  if (isPickle(bytes)) return 'it is a Python pickle; export the model to ONNX, for example with skl2onnx';
  return (
    signatures.find(([start]) => head.startsWith(start))?.[1] ?? flatBufferKinds[head.slice(4, 8)] ?? null
  );
}
