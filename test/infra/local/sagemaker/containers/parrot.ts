/** A container for tests: says what it was asked, and does what the body's first word tells it. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const folder = process.env.PARROT_FOLDER!;
const mark = (name: string, content = String(process.pid)): void =>
  writeFileSync(join(folder, name), content);

/** By the first word of the body; the rest is `argument`. */
const orders: Readonly<Record<string, (response: ServerResponse, argument: string) => void>> = {
  say: (response, argument) => {
    response.setHeader('content-type', 'text/plain');
    response.setHeader('x-amzn-sagemaker-custom-attributes', 'trace=2');
    response.setHeader('x-secret', 'kept inside');
    response.end(argument);
  },
  open: (response) => {
    response.setHeader('x-amzn-sagemaker-new-session-id', 'abc-1; Expires=2099-01-01T00:00:00Z');
    response.end(process.env.PARROT_NAME);
  },
  shut: (response) => {
    response.setHeader('x-amzn-sagemaker-closed-session-id', 'abc-1');
    response.end(process.env.PARROT_NAME);
  },
  name: (response) => void response.end(process.env.PARROT_NAME ?? 'parrot'),
  head: (response) => void response.end(JSON.stringify(response.req.headers)),
  environment: (response) => void response.end(JSON.stringify(process.env)),
  status: (response, argument) => {
    response.statusCode = Number(argument.split(' ')[0]);
    response.end(argument.split(' ').slice(1).join(' '));
  },
  /** Parts, each when the one before was sent. */
  parts: (response, argument) => {
    response.setHeader('content-type', 'text/event-stream');
    const parts = argument.split(' ');
    response.on('close', () => mark('left'));
    const next = (): void => {
      const part = parts.shift();
      if (part === 'BREAK') response.destroy();
      else if (part === 'HANG') mark('hanging');
      else if (part === undefined) response.end();
      else response.write(part, () => setImmediate(next));
    };
    next();
  },
  /** An answer that does not say how long it is. */
  chunks: (response, argument) => {
    response.write(argument);
    response.end();
  },
  bytes: (response, argument) => void response.end(Buffer.alloc(Number(argument), 'x')),
  hang: (response) => {
    if (process.env.PARROT_CALM) {
      response.end('calm');
      return;
    }
    response.on('close', () => mark('left'));
    mark('hanging');
  },
  break: (response) => void response.destroy(),
  garbage: (response) => void response.socket!.end('no answer of HTTP\r\n\r\n'),
  exit: () => process.exit(3),
  /** A process that outlives its parent, unless somebody sees to it. */
  nest: (response) => {
    const nested = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    nested.unref();
    response.end(`${process.pid} ${process.ppid} ${nested.pid}`);
  },
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/ping') {
    response.statusCode = process.env.PARROT_SICK ? 500 : 200;
    response.end();
    return;
  }
  const [order = '', ...words] = (await text(request)).split(' ');
  orders[order]!(response, words.join(' '));
}

if (process.env.PARROT_CRASH) process.exit(4);
process.on('SIGTERM', () => {
  mark('terminated');
  if (!process.env.PARROT_STUBBORN) process.exit(0);
});
createServer((request, response) => void answer(request, response)).listen(
  Number(process.env.SAGEMAKER_BIND_TO_PORT),
  '127.0.0.1',
  () => mark('started'),
);
