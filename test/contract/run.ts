/** Runs the contract suites, against this project's own server or another one: `--endpoint http://127.0.0.1:9000`. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    endpoint: { type: 'string' },
    'access-key': { type: 'string' },
    'secret-key': { type: 'string' },
    region: { type: 'string' },
  },
  allowPositionals: true,
});

const environment = {
  ONRAMP_CONTRACT_ENDPOINT: values.endpoint,
  ONRAMP_CONTRACT_ACCESS_KEY: values['access-key'],
  ONRAMP_CONTRACT_SECRET_KEY: values['secret-key'],
  ONRAMP_CONTRACT_REGION: values.region,
};
const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...positionals], {
  env: { ...process.env, ...given },
  stdio: 'inherit',
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
