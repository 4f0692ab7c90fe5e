import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { helpText, readSettings } from '../../../infra/local/config.ts';

test('without flags and variables the documented defaults hold', () => {
  const settings = readSettings([], {});

  expect(settings).toEqual({
    port: 8787,
    s3Port: 8788,
    home: resolve('.onramp'),
    apiKey: 'onramp-local',
    keysFile: null,
    endpointsFile: null,
    empty: false,
    workers: 1,
  });
});

test('a flag wins over its variable, a variable over the default', () => {
  const env = {
    ONRAMP_PORT: '9001',
    ONRAMP_S3_PORT: '9002',
    ONRAMP_HOME: '/data',
    ONRAMP_API_KEY: 'k1',
    ONRAMP_KEYS_FILE: 'keys.json',
    ONRAMP_ENDPOINTS_FILE: 'endpoints.json',
  };

  const settings = readSettings(['--port', '9100', '--workers=3', '--empty'], env);

  expect(settings).toEqual({
    port: 9100,
    s3Port: 9002,
    home: '/data',
    apiKey: 'k1',
    keysFile: resolve('keys.json'),
    endpointsFile: resolve('endpoints.json'),
    empty: true,
    workers: 3,
  });
});

test('--help asks for the help text, which names every flag', () => {
  const answer = readSettings(['--help'], {});

  expect(answer).toBe('help');
  const flags = [
    '--port',
    '--s3-port',
    '--home',
    '--api-key',
    '--keys',
    '--endpoints',
    '--workers',
    '--empty',
  ];
  for (const flag of flags) {
    expect(helpText).toContain(flag);
  }
});

test.each([
  [['--port', 'abc'], {}, /--port is "abc"; give a whole number from 0 to 65535/],
  [['--port', '70000'], {}, /--port is "70000"/],
  [[], { ONRAMP_S3_PORT: '-1' }, /ONRAMP_S3_PORT is "-1"/],
  [['--workers', '0'], {}, /--workers is "0"; give a whole number from 1 to 64/],
  [['--api-key', 'two words'], {}, /--api-key must be/],
  [['--prot', '1'], {}, /'--prot'.*--help/],
  [['extra'], {}, /extra.*--help/],
  [['--port', '9000', '--s3-port', '9000'], {}, /different ports/],
])('bad call: %j with %j is refused by name', (args, env, message) => {
  const read = (): unknown => readSettings(args, env);

  expect(read).toThrow(message);
});
