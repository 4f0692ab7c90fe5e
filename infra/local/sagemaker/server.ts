/** The wire protocol of SageMaker's training jobs on loopback: three operations of AWS JSON 1.1. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { authorize, type SchedulerCredentials } from '../scheduler/authorize.ts';
import { SchedulerRefusal } from '../scheduler/refusal.ts';
import type { TrainingEngine } from './engine.ts';
import { createTrainingJob } from './job-table.ts';
import { SageMakerRefusal } from './refusal.ts';

/** How the server runs. */
export interface TrainingServerOptions {
  readonly engine: TrainingEngine;
  readonly credentials: SchedulerCredentials;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly now: () => number;
  readonly report: (message: string) => void;
}

/** A server that listens. */
export interface TrainingServer {
  readonly url: string;
  close(): Promise<void>;
}

const bodyLimitBytes = 1_048_576;
const named = z.object({ TrainingJobName: z.string() });

/** Starts the server; the clients find it by `AWS_ENDPOINT_URL_SAGEMAKER`. */
export async function startTrainingServer(options: TrainingServerOptions): Promise<TrainingServer> {
  const { host, port, report } = options;
  const server = createServer((request, response) => {
    answer(request, options)
      .then((body) => write(response, 200, body))
      .catch((error: unknown) => {
        if (error instanceof SageMakerRefusal || error instanceof SchedulerRefusal) {
          write(response, 400, { __type: error.name, message: error.message });
          return;
        }
        report(`training jobs: ${error instanceof Error ? error.stack : String(error)}`);
        write(response, 500, { __type: 'InternalFailure', message: 'Something went wrong here.' });
      });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  { engine, credentials, now }: TrainingServerOptions,
): Promise<object> {
  const body = await readBody(request);
  authorize(request, body, { credentials, nowMs: now(), service: 'sagemaker' });
  switch (request.headers['x-amz-target']) {
    case 'SageMaker.CreateTrainingJob':
      return { TrainingJobArn: engine.create(read(createTrainingJob, body)).TrainingJobArn };
    case 'SageMaker.DescribeTrainingJob':
      return engine.describe(read(named, body).TrainingJobName);
    case 'SageMaker.StopTrainingJob':
      engine.stop(read(named, body).TrainingJobName);
      return {};
    default:
      throw new SageMakerRefusal(
        'UnknownOperationException',
        'Only training jobs are answered here: create, describe or stop one.',
      );
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes) {
      throw new SageMakerRefusal('ValidationException', `The body is larger than ${bodyLimitBytes} bytes.`);
    }
  }
  return Buffer.concat(chunks);
}

function read<T>(schema: z.ZodType<T>, body: Buffer): T {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new SageMakerRefusal('ValidationException', 'The body is not valid JSON.');
  }
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new SageMakerRefusal(
    'ValidationException',
    `1 validation error detected: Value at '${issue?.path.join('.')}' failed to satisfy constraint: ${issue?.message}`,
  );
}

function write(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}
