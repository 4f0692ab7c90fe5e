/** A platform in small that tests can kill: one endpoint, whose processes it tells its parent once there are some. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { localCredentials } from '../../../../infra/local/config.ts';
import { readEndpoints, startHosting } from '../../../../infra/local/sagemaker/hosting/index.ts';
import { until } from '../../../loop/support.ts';

const home = process.argv[2]!;
const parrot = fileURLToPath(new URL('containers/parrot.ts', import.meta.url));
const file = join(home, 'endpoints.json');
mkdirSync(join(home, 'tmp'));
writeFileSync(file, JSON.stringify({ m: { command: [process.execPath, parrot], speaks: 'raw' } }));
const { url } = await startHosting({
  endpoints: readEndpoints(file, { dist: home }),
  home,
  environment: { PATH: process.env.PATH!, TMPDIR: join(home, 'tmp'), PARROT_FOLDER: home },
  report: () => {},
});
const client = new SageMakerRuntimeClient({
  endpoint: url,
  region: 'us-east-1',
  credentials: localCredentials,
});
const nest = new InvokeEndpointCommand({ EndpointName: 'm', Body: 'nest' });
const { Body } = await until(() => client.send(nest).catch(() => null), 10);
process.send!(Buffer.from(Body).toString());
