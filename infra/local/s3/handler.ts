/** One HTTP exchange: who asks, for what, the operation, and the answer on the wire. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../../lib/core/index.ts';
import type { Credentials } from '../aws/index.ts';
import { postObject } from './operations/post-form.ts';
import { findOperation } from './operations/routes.ts';
import { type Address, parseAddress } from './wire/address.ts';
import { authorize } from './wire/authorize.ts';
import { corsHeaders, preflightHeaders } from './wire/cors.ts';
import { effectiveHeaders, type Platform, type Reply } from './wire/exchange.ts';
import { S3Error, s3Error } from './wire/s3-error.ts';
import { parseQuery } from './wire/uri.ts';
import { xmlDocument } from './wire/xml.ts';

/** What every exchange shares. */
export interface HandlerContext {
  readonly platform: Platform;
  readonly credentials: Credentials;
  readonly allowedOrigins: readonly string[];
  readonly logger: Logger;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** True when the client waits for `100 Continue` before it sends the body. */
  readonly waiting: boolean;
}

const wholeReadBytes = 64 * 1024;

/** Answers one request; never throws. */
export async function handleExchange(context: HandlerContext, exchange: Exchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  const requestId = context.platform.createId().replaceAll('-', '').slice(0, 16).toUpperCase();
  const reply = await answer(context, exchange, requestId).catch((error: unknown) => {
    // A request is destroyed as soon as its body is read to the end; one that is not complete lost its client.
    const clientLeft = incoming.destroyed && !incoming.complete;
    if (!(error instanceof S3Error) && !clientLeft) {
      context.logger.error('A request to the object server failed.', {
        method: incoming.method,
        url: incoming.url,
        error,
      });
    }
    return errorReply(error, { resource: incoming.url ?? '', requestId });
  });
  try {
    await send(reply, exchange, {
      'x-amz-request-id': requestId,
      ...corsHeaders(incoming.headers.origin, context.allowedOrigins),
    });
  } catch (error) {
    // The head is out already: breaking the connection is the only way left to say that the body is not whole.
    const gone = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
    context.logger[gone ? 'debug' : 'error']('An answer of the object server was cut short.', {
      url: incoming.url,
      error,
    });
    outgoing.destroy();
  } finally {
    await reply.blobs?.reader.close();
  }
}

async function answer(context: HandlerContext, exchange: Exchange, requestId: string): Promise<Reply> {
  const { incoming } = exchange;
  const { platform, credentials, allowedOrigins } = context;
  const [rawPath = '/', queryText = ''] = splitOnce(incoming.url ?? '/', '?');
  const method = incoming.method ?? 'GET';
  if (method === 'OPTIONS')
    return { status: 200, headers: preflightHeaders(incoming.headers, allowedOrigins) };
  const address = parseAddress(rawPath, incoming.headers.host ?? '');
  const query = parseQuery(queryText);
  const common = {
    requestId,
    sourceIpAddress: incoming.socket.remoteAddress ?? '',
    rawBody: () => rawBody(exchange),
  };
  const form = formTarget(incoming, address);
  if (form) return postObject(platform, { ...form, ...common, credentials });
  const authorization = authorize(
    { method, rawPath, query, headers: incoming.headersDistinct },
    { credentials, nowMs: platform.clock.now() },
  );
  const request = {
    method,
    ...common,
    authorization,
    query: new Map(query),
    headers: effectiveHeaders(incoming, query),
  };
  const operation = findOperation({ ...request, ...address });
  return operation(platform, { ...request, bucket: address.bucket ?? '', key: address.key ?? '' });
}

/** A browser's form carries its signature inside, so it is let through to where that is checked. */
function formTarget(
  { method, headers }: IncomingMessage,
  { bucket, key }: Address,
): { readonly bucket: string; readonly contentType: string } | null {
  const contentType = headers['content-type'] ?? '';
  if (method !== 'POST' || bucket === null || key !== null || !/^multipart\/form-data/i.test(contentType))
    return null;
  return { bucket, contentType };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const place = text.indexOf(separator);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}

/** The body as it comes; stopping early leaves the connection alive for the refusal. */
async function* rawBody({ incoming, outgoing, waiting }: Exchange): AsyncGenerator<Buffer, void, undefined> {
  if (waiting) outgoing.writeContinue();
  yield* incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

async function send(
  reply: Reply,
  { incoming, outgoing, waiting }: Exchange,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const body = reply.xml === undefined ? undefined : Buffer.from(reply.xml);
  // A client that was refused before it sent its body will not send it: nothing more can be read from this connection.
  if (waiting && !outgoing.writableEnded && !incoming.readableDidRead) outgoing.shouldKeepAlive = false;
  outgoing.writeHead(reply.status, {
    ...headers,
    ...(body ? { 'content-type': 'application/xml', 'content-length': String(body.length) } : {}),
    ...(reply.status === 200 && !body && !reply.blobs ? { 'content-length': '0' } : {}),
    ...reply.headers,
  });
  // What is left of a refused body is read and dropped, or the client could not finish sending and read the answer.
  if (!incoming.readableEnded) incoming.resume();
  if (incoming.method === 'HEAD' || (!body && !reply.blobs)) outgoing.end();
  else if (body) outgoing.end(body);
  else if (reply.blobs!.sizeBytes <= wholeReadBytes) outgoing.end(await reply.blobs!.reader.bytes());
  else await pipeline(reply.blobs!.reader.stream(), outgoing);
}

function errorReply(
  error: unknown,
  { resource, requestId }: { readonly resource: string; readonly requestId: string },
): Reply {
  const refusal = error instanceof S3Error ? error : s3Error('InternalError');
  return {
    status: refusal.status,
    headers: refusal.headers,
    xml: xmlDocument('Error', {
      Code: refusal.code,
      Message: refusal.message,
      ...refusal.fields,
      Resource: resource,
      RequestId: requestId,
    }),
  };
}
