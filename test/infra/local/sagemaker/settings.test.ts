import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { endpointModelsText, readEndpoints } from '../../../../infra/local/sagemaker/hosting/index.ts';
import { parseEndpointModels } from '../../../../lib/contracts/endpoint-models.ts';
import { temporaryFolder } from '../support.ts';

const dist = '/onramp/dist';

function readFrom(content: unknown) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'weights'));
  writeFileSync(join(folder, 'smol.gguf'), '');
  const file = join(folder, 'endpoints.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return { folder, endpoints: readEndpoints(file, { dist }) };
}

describe('the file of endpoints', () => {
  test('turns each way to name a process into a command, with the defaults beside it', () => {
    const { folder, endpoints } = readFrom({
      chat: { gguf: 'smol.gguf' },
      heart: { container: true, kind: 'serverless', environment: { ONRAMP_MODEL: 'heart' } },
      'my.model': {
        command: ['python3', 'serve.py'],
        kind: 'async',
        speaks: 'huggingface',
        modelFolder: 'weights',
        servedName: 'org/model',
        usdPerHour: 1.5,
        idleSeconds: 60,
        startSeconds: 30,
        concurrency: 2,
      },
    });

    const variant = (container: object) => [
      {
        name: 'AllTraffic',
        weight: 1,
        container: { environment: {}, modelFolder: null, workingFolder: folder, ...container },
      },
    ];
    expect(endpoints).toEqual([
      {
        ...{ model: 'chat', name: 'chat', kind: 'real-time', speaks: 'openai' },
        ...{ startSeconds: 480, idleSeconds: 300, concurrency: 500 },
        variants: variant({
          command: [process.execPath, join(dist, 'platform', 'llama.js')],
          environment: { ONRAMP_GGUF: join(folder, 'smol.gguf') },
        }),
      },
      {
        ...{ model: 'heart', name: 'heart', kind: 'serverless', speaks: 'onramp' },
        ...{ startSeconds: 480, idleSeconds: 300, concurrency: 5 },
        variants: variant({
          command: [process.execPath, join(dist, 'container', 'main.js'), 'serve'],
          environment: { ONRAMP_MODEL: 'heart' },
        }),
      },
      {
        ...{ model: 'my.model', name: 'my-model', kind: 'async', speaks: 'huggingface' },
        ...{ servedName: 'org/model', usdPerHour: 1.5, startSeconds: 30, idleSeconds: 60, concurrency: 2 },
        variants: variant({ command: ['python3', 'serve.py'], modelFolder: join(folder, 'weights') }),
      },
    ]);
  });

  test('gives variants what they do not say themselves', () => {
    const { endpoints } = readFrom({
      m: {
        command: ['a'],
        speaks: 'raw',
        environment: { SHARED: '1', OWN: '1' },
        variants: { Blue: { weight: 2 }, Green: { command: ['b'], environment: { OWN: '2' } } },
      },
    });

    expect(endpoints[0]!.variants).toMatchObject([
      { name: 'Blue', weight: 2, container: { command: ['a'], environment: { SHARED: '1', OWN: '1' } } },
      { name: 'Green', weight: 1, container: { command: ['b'], environment: { SHARED: '1', OWN: '2' } } },
    ]);
  });

  test('tells the functions which models answer behind which endpoints', () => {
    const { endpoints } = readFrom({
      chat: { gguf: 'smol.gguf', servedName: 'smol' },
      'my.model': { command: ['a'], speaks: 'raw', endpoint: 'my-model', kind: 'async', usdPerHour: 2 },
    });

    const models = parseEndpointModels(endpointModelsText(endpoints), 'ONRAMP_ENDPOINTS');

    expect([...models.values()]).toEqual([
      { model: 'chat', endpoint: 'chat', kind: 'real-time', speaks: 'openai', servedName: 'smol' },
      { model: 'my.model', endpoint: 'my-model', kind: 'async', speaks: 'raw', usdPerHour: 2 },
    ]);
  });

  test('need not be there', () => {
    const endpoints = readEndpoints(null, { dist });

    expect([endpoints, endpointModelsText(endpoints)]).toEqual([[], '']);
  });

  const raw = { command: ['a'], speaks: 'raw' };
  test.each([
    ['no JSON', '{', /endpoints\.json: is not valid JSON; it must hold an object/],
    ['a list', [], /endpoints\.json: must hold an object/],
    ['a name that is none', { 'No Model': raw }, /endpoints\.json: "No Model" is not the name of a model/],
    ['nothing under a name', { m: null }, /endpoints\.json: model "m": Invalid input/],
    ['an unknown field', { m: { ...raw, comand: [] } }, /model "m": .*"comand"/],
    ['a kind that is none', { m: { ...raw, kind: 'batch' } }, /model "m": "kind": /],
    [
      'no process',
      { m: { speaks: 'raw' } },
      /model "m": give it exactly one of "command", "gguf" and "container"/,
    ],
    ['two processes', { m: { ...raw, container: true } }, /give it exactly one of/],
    ['an empty command', { m: { ...raw, command: [] } }, /"command": must hold the program/],
    ['a command that nobody can speak with', { m: { command: ['a'] } }, /"speaks": say what the command/],
    [
      'a GGUF file that is not there',
      { m: { gguf: 'no.gguf' } },
      /model "m": "gguf": .*no\.gguf is not there/,
    ],
    ['a folder that is not there', { m: { ...raw, modelFolder: 'no' } }, /"modelFolder": .*no is not there/],
    ['a name that SageMaker does not take', { 'm.': raw }, /"m-" is no name that SageMaker takes/],
    [
      'an endpoint twice',
      { a: { ...raw, endpoint: 'b' }, b: raw },
      /model "b": "endpoint": "b" is .* of model "a"/,
    ],
    [
      'variants without a weight',
      { m: { ...raw, variants: { A: { weight: 0 } } } },
      /at least one needs a weight/,
    ],
    ['no variants', { m: { ...raw, variants: {} } }, /"variants": name one/],
    [
      'several variants without instances',
      { m: { ...raw, kind: 'async', variants: { A: {}, B: {} } } },
      /only real-time endpoints can have more/,
    ],
    ['too short a start', { m: { ...raw, startSeconds: 0 } }, /model "m": "startSeconds": /],
  ])('bad call: a file with %s is refused by name', (_, content, message) => {
    expect(() => readFrom(content)).toThrow(message);
  });

  test('bad call: a file that is not there', () => {
    expect(() => readEndpoints('/nowhere/endpoints.json', { dist })).toThrow(
      /\/nowhere\/endpoints\.json: is not there/,
    );
  });
});
