/** A server that gives answers from a list, one a request, and keeps what it was asked. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';

/** One answer; `cut` closes the connection instead. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly cut?: true;
}

/** What the server was asked. */
export interface Asked {
  readonly line: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Starts a server that ends with the test; the last answer is given for ever, an empty list is never answered. */
export async function startScripted(...script: readonly Scripted[]) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method, url, headers } = request;
    const answer = script[Math.min(asked.length, script.length - 1)];
    asked.push({ line: `${method} ${url}`, headers, body: Buffer.concat(parts) });
    if (!answer) return;
    if (answer.cut) return void request.socket.destroy();
    const { status = 200, body = {} } = answer;
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...answer.headers }).end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, asked };
}
