/** The serving function behind the gateway of one machine, over models in memory. */
import { once } from 'node:events';
import { rawHttpStack } from '../../../functions/middleware/http-stack.ts';
import { createGateway } from '../../../infra/local/gateway.ts';
import { routes } from '../../../lib/contracts/index.ts';
import { silentLogger, systemClock } from '../../../lib/core/index.ts';
import { createModelCache, serveOperations } from '../../../lib/serve/index.ts';
import type { ObjectStore } from '../../../lib/storage/index.ts';

/** A server on its own port. */
export interface DialectServer {
  readonly url: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

/** Starts to answer for the models in a bucket. Everything but predictions is refused. */
export async function startDialectServer(artifacts: ObjectStore): Promise<DialectServer> {
  const apiKey = 'secret';
  const context = { cache: createModelCache({ artifacts, clock: systemClock }), artifacts };
  const predict = rawHttpStack(
    (request) => serveOperations[`${request.method} ${request.route}`]!(context, request),
    { service: 'predict', logger: silentLogger },
  );
  const elsewhere = async () => ({ statusCode: 501, body: '{}' });
  const server = createGateway({
    routes,
    handlers: { predict, control: elsewhere, import: elsewhere },
    apiKey,
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
