/** The functions that answer, behind the gateway of one machine, over models in memory. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createControl } from '../../../functions/control/control.ts';
import { createGenerate } from '../../../functions/generate/generate.ts';
import { httpStack, rawHttpStack } from '../../../functions/middleware/http-stack.ts';
import { streamStack } from '../../../functions/middleware/stream-stack.ts';
import { createGateway } from '../../../infra/local/gateway.ts';
import { identifier } from '../../../infra/local/keys.ts';
import { provideAwslambda } from '../../../infra/local/response-stream.ts';
import { fullAccess } from '../../../lib/access/index.ts';
import { routes } from '../../../lib/contracts/index.ts';
import { sha256, silentLogger, systemClock } from '../../../lib/core/index.ts';
import { createModelCache, serveOperations } from '../../../lib/serve/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../../lib/storage/index.ts';
import { endpointModel, fakeEndpoints } from '../../generate/support.ts';
import { createMemorySchedules } from '../../schedules/memory-schedules.ts';
import { languageModel } from './openai/requests.ts';

/** A model behind an endpoint, beside those in the bucket. */
const models = new Map([['assistant', endpointModel({ servedName: '/opt/ml/model' })]]);

/** A server on its own port. */
export interface DialectServer {
  readonly url: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

/** Starts to answer for the models in a bucket; an open server asks for no key, like the servers it stands for. */
export async function startDialectServer(
  artifacts: ObjectStore,
  { open = false }: { readonly open?: boolean } = {},
): Promise<DialectServer> {
  const apiKey = 'secret';
  const anybody = fullAccess('test');
  const clock = systemClock;
  const context = { cache: createModelCache({ artifacts, clock }), clock, artifacts };
  const predict = rawHttpStack(
    (request) => serveOperations[`${request.method} ${request.route}`]!(context, request),
    { service: 'predict', logger: silentLogger },
  );
  const platform = {
    ...{ artifacts, data: createMemoryObjectStore(), clock: systemClock, newId: randomUUID },
    schedules: createMemorySchedules(),
  };
  const control = httpStack(createControl(platform), { service: 'control', logger: silentLogger });
  provideAwslambda();
  const generate = streamStack(
    createGenerate({ ...platform, models, endpoints: fakeEndpoints(languageModel) }),
    { service: 'generate', logger: silentLogger },
  );
  const noImports = async () => ({ statusCode: 501, body: '{}' });
  const server = createGateway({
    routes,
    handlers: { predict, generate, control, import: noImports },
    identify: open ? () => anybody : identifier([{ digest: sha256(apiKey), access: anybody }]),
    report: () => {},
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    apiKey,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
