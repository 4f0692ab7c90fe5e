/** `serve`: SageMaker's contract for hosting, around the handler of the predict function. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { type LambdaHttpHandler, rawHttpStack } from '../../functions/middleware/http-stack.ts';
import { createPlatform, type Platform } from '../../functions/middleware/platform.ts';
import { createPredict } from '../../functions/predict/predict.ts';
import { fullAccess } from '../../lib/access/index.ts';
import {
  customAttributesHeader,
  jsonLengthHeader,
  readAddress,
  writeAddress,
} from '../../lib/contracts/endpoint-call.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { routes } from '../../lib/contracts/routes.ts';
import { invalidInput, systemClock } from '../../lib/core/index.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { createModelCache } from '../../lib/serve/index.ts';
import { createFolderObjectStore } from '../../lib/storage/index.ts';
import { createGateway } from '../local/gateway.ts';
import { containerFolders } from './folders.ts';

/** SageMaker waits 60 s for an answer; one that comes before says what was wrong. */
const timeoutMs = 58_000;
/** Real-time endpoints take 25 MB, serverless ones 4 MB; SageMaker refuses more before it comes here. */
const maxBodyBytes = 26_214_400;

/**
 * Serves `/ping` and `/invocations` until SIGTERM. A model in the model folder is served from there; without one, the
 * live version of `ONRAMP_MODEL` in the artifact bucket, as the predict function does. Connections are taken once the
 * model is loaded, so that the first ping that is answered means that requests can come.
 *
 * @returns the exit code
 */
export async function serve(): Promise<number> {
  // Machine code that no function could take along beside the model is at hand here.
  const platform = { ...servedPlatform(containerFolders().model), decodePictures };
  const models = createModelCache(platform);
  const name = platform.defaultModel ?? (await onlyModel(platform));
  if (name !== undefined) await models.resolve(name);
  const handler = addressed(
    rawHttpStack(createPredict(platform, models), { service: 'serve', maxBodyBytes }),
  );
  const server = createGateway({
    routes: routes.filter(({ dialect }) => dialect === 'mlflow'),
    handlers: { predict: handler, control: handler, import: handler },
    // Who may ask was decided before: by SageMaker, or by whoever runs the container.
    identify: () => fullAccess('container'),
    report: (message) => process.stderr.write(`${message}\n`),
    bodyLimitBytes: maxBodyBytes,
    timeoutMs,
  });
  await listen(server, portOf(process.env.SAGEMAKER_BIND_TO_PORT), process.env.ONRAMP_BIND_TO_HOST);
  return untilTerminated(server);
}

/**
 * A handler that answers a request of any dialect, where the attributes of an invocation say that it is one. SageMaker
 * drops what else the answer's headers say, so that the length of its JSON goes into its attributes.
 */
function addressed(handler: LambdaHttpHandler): LambdaHttpHandler {
  return async (event, context) => {
    const address = readAddress(event.headers[customAttributesHeader] ?? '');
    if (!address) return handler(event, context);
    const { method, route, path, query, jsonLength } = address;
    const result = await handler(
      {
        ...event,
        multiValueHeaders: {},
        httpMethod: method,
        resource: route,
        pathParameters: path,
        queryStringParameters: query,
        headers: { ...event.headers, ...(jsonLength !== undefined && { [jsonLengthHeader]: jsonLength }) },
      },
      context,
    );
    const answered = result.headers?.[jsonLengthHeader];
    if (answered === undefined) return result;
    const attributes = writeAddress({ method, route, path: {}, query: {}, jsonLength: String(answered) });
    return { ...result, headers: { ...result.headers, [customAttributesHeader]: attributes } };
  };
}

/** The archive in the model folder, laid out as the artifact bucket is, or the bucket itself. */
function servedPlatform(folder: string): Platform {
  if (existsSync(join(folder, artifactKeys.models()))) {
    const store = createFolderObjectStore({ directory: folder });
    return { artifacts: store, data: store, clock: systemClock, newId: randomUUID };
  }
  if (process.env.ONRAMP_ARTIFACT_BUCKET) return createPlatform();
  throw invalidInput(
    `There is no model in ${folder}: give the container an archive made by "onramp package", or the name of the artifact bucket in ONRAMP_ARTIFACT_BUCKET.`,
    { code: 'no_model' },
  );
}

/** The model if there is but one. */
async function onlyModel({ artifacts }: Platform): Promise<string | undefined> {
  const names: string[] = [];
  for await (const name of artifacts.listFolders(artifactKeys.models())) {
    names.push(name.slice(0, -1));
    if (names.length > 1) return undefined;
  }
  return names[0];
}

const defaultPort = 8080;

/** The port to listen on; SageMaker names another one where it runs several containers. */
function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return defaultPort;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port;
  throw invalidInput(`SAGEMAKER_BIND_TO_PORT is "${text}", which is not a port.`);
}

/** On one machine it is asked over loopback, and the network is not to reach it; a container takes all that comes. */
function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen({ port, host }, () => resolve());
  });
}

/** SageMaker kills 30 s after it said SIGTERM; requests under way are answered before. */
function untilTerminated(server: Server): Promise<number> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => {
      // A connection that is kept alive falls idle only once its request is answered.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      server.close(() => {
        clearInterval(sweep);
        resolve(0);
      });
    });
  });
}
