/** Runs the processes of the HTTP API with a short patience; `<dist> <count> <silence limit in ms>`. */
import { join } from 'node:path';
import { startApiWorkers } from '../../../infra/local/api-workers.ts';
import { readKeys } from '../../../infra/local/keys.ts';
import { openLogFile } from '../../../infra/local/log-file.ts';

const [dist = '', count = '', silenceLimitMs = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { port } = await startApiWorkers({
  dist,
  count: Number(count),
  port: 0,
  keys: readKeys({ apiKey: 'onramp-local', keysFile: null }),
  environment: {},
  log: openLogFile(join(dist, 'api.log'), { isShared: true }),
  report: say,
  silenceLimitMs: Number(silenceLimitMs),
});
say(`port ${port}`);
