/**
 * The practical limit that bench/serve.ts measures Onramp against: node:http and onnxruntime, nothing checked, nothing
 * logged, no keys.
 *
 * Usage: node bench/bare-server.ts PORT NAME=MODEL.onnx ...
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [port, ...files] = process.argv.slice(2);
const sessions = new Map<string, InferenceSession>();
for (const file of files) {
  const [name, path] = file.split('=') as [string, string];
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 } as const;
  sessions.set(`/${name}`, await InferenceSession.create(path, options));
}

async function answer(url: string, body: string): Promise<string> {
  const { instances } = JSON.parse(body) as { readonly instances: readonly (readonly number[])[] };
  const [rows, columns] = [instances.length, instances[0]!.length];
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) data.set(instances[row]!, row * columns);
  const { label, probabilities } = await sessions
    .get(url)!
    .run({ numeric: new Tensor(data, [rows, columns]) });
  const values = probabilities!.data as Float32Array;
  const classes = values.length / rows;
  const predictions = Array.from({ length: rows }, (_, row) => ({
    label: label!.data[row],
    probabilities: Array.from(values.subarray(row * classes, (row + 1) * classes)),
  }));
  return JSON.stringify({ predictions });
}

createServer((request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    if (request.method === 'GET') {
      response.end('ok');
      return;
    }
    const text = await answer(request.url!, Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/json');
    response.end(text);
  });
}).listen(Number(port), '127.0.0.1');
