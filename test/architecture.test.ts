import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findBreaches, importsOf } from './architecture-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('no file breaks an import rule', () => {
  const paths = globSync('{lib,functions,infra,cli}/**/*.{ts,mjs}', { cwd: root });
  const files = paths.map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }));

  const breaches = findBreaches(files);

  expect(paths.length).toBeGreaterThan(50);
  expect(breaches).toEqual([]);
});

test('every way of naming a module is seen', () => {
  const text = `
    import './plain.ts';
    import { a } from './named.ts';
    import type { B } from './type.ts';
    export { c } from './re-export.ts';
    export * from './star.ts';
    export type { D } from './type-re-export.ts';
    const e = await import('./dynamic.ts');
    type F = import('./inline-type.ts').F;
    let g: typeof import('./type-of.ts');
    // import './comment.ts';
    const h = "import './text.ts'";
  `;

  const imports = importsOf(text);

  expect(imports.sort()).toEqual([
    './dynamic.ts',
    './inline-type.ts',
    './named.ts',
    './plain.ts',
    './re-export.ts',
    './star.ts',
    './type-of.ts',
    './type-re-export.ts',
    './type.ts',
  ]);
});

/** File, what it imports, and the words by which the breach must be named. */
const planted: readonly [string, string, RegExp][] = [
  ['lib/core/clock.ts', '../contracts/keys.ts', /lib\/core must not import lib\/contracts/],
  ['lib/contracts/keys.ts', '../storage/index.ts', /lib\/contracts must not import lib\/storage/],
  ['lib/onnx/session.ts', '../storage/index.ts', /lib\/onnx must not import lib\/storage/],
  ['lib/onnx/session.ts', '../dataset/index.ts', /lib\/onnx must not import lib\/dataset/],
  ['lib/storage/s3.ts', '../registry/index.ts', /lib\/storage must not import lib\/registry/],
  ['lib/dataset/read.ts', '../preprocess/index.ts', /lib\/dataset must not import lib\/preprocess/],
  ['lib/train/trees/grow.ts', '../../evaluate/index.ts', /lib\/train must not import lib\/evaluate/],
  ['lib/train/trees/grow.ts', '../../serve/types.ts', /lib\/train must not import lib\/serve/],
  ['lib/jobs/create-job.ts', '../serve/index.ts', /lib\/jobs must not import lib\/serve/],
  ['lib/serve/decode.ts', '../dataset/infer.ts', /through its index\.ts/],
  ['lib/serve/decode.ts', '../../functions/predict/index.ts', /lib imports nothing but lib/],
  ['lib/serve/decode.ts', '../../infra/local/config.ts', /lib imports nothing but lib/],
  ['functions/predict/index.ts', '../train/index.ts', /never imports another/],
  ['functions/predict/index.ts', '../../lib/serve/decode.ts', /through its index\.ts/],
  ['functions/middleware/http-stack.ts', '../predict/index.ts', /never imports another/],
  ['functions/predict/index.ts', '../../infra/local/config.ts', /only lib and functions\/middleware/],
  ['infra/app.ts', '../functions/predict/index.ts', /infra imports only/],
  ['infra/app.ts', '../lib/storage/index.ts', /infra imports only/],
  ['infra/local/platform.ts', '../../lib/registry/index.ts', /infra imports only/],
  ['infra/container/train.ts', '../../lib/pipeline/train-job.ts', /through its index\.ts/],
  ['infra/local/platform.ts', '../../lib/storage/s3-read.ts', /through its index\.ts/],
  ['cli/main.ts', '../lib/registry/index.ts', /the command speaks to the API/],
  ['lib/registry/runs.ts', '@aws-sdk/client-s3', /client-s3 is wrapped once/],
  ['lib/serve/session.ts', 'onnxruntime-node', /onnxruntime-node is wrapped once/],
  ['functions/train/index.ts', '@aws-sdk/client-sagemaker-runtime', /wrapped once, in \^lib\\\/endpoint/],
  ['lib/access/index.ts', '../storage/index.ts', /lib\/access must not import lib\/storage/],
  ['functions/authorize/index.ts', '@aws-sdk/client-api-gateway', /wrapped once, in \^lib\\\/access/],
  ['functions/predict/index.ts', '@middy/core/StreamifyResponse', /@middy\/core is wrapped once/],
  ['lib/serve/decode.ts', '@aws-lambda-powertools/logger', /wrapped once/],
  ['lib/serve/decode.ts', 'aws-lambda', /wrapped once/],
  ['lib/train/fit.ts', '@duckdb/node-api', /wrapped once/],
  ['infra/local/platform.ts', 'aws-cdk-lib/aws-s3', /aws-cdk-lib is wrapped once/],
  ['lib/registry/schedule.ts', 'croner', /croner is wrapped once/],
  ['functions/control/models.ts', '@aws-sdk/client-scheduler', /client-scheduler is wrapped once/],
  ['lib/registry/specs.ts', '../schedules/index.ts', /lib\/registry must not import lib\/schedules/],
];

test.each(planted)('bad call: %s importing %s is named', (path, specifier, rule) => {
  const breaches = findBreaches([{ path, text: `export type { X } from '${specifier}';` }]);

  expect(breaches).toEqual([{ file: path, imports: expect.any(String), rule: expect.stringMatching(rule) }]);
});

const welcome: readonly [string, string][] = [
  ['lib/train/trees/grow.ts', '../../preprocess/index.ts'],
  ['lib/train/trees/grow.ts', '../../onnx/types.ts'],
  ['lib/train/trees/grow.ts', '../split.ts'],
  ['lib/serve/decode.ts', '../contracts/http.ts'],
  ['lib/registry/runs.ts', '../storage/object-store.ts'],
  ['lib/serve/operations.ts', '../access/index.ts'],
  ['infra/local/gateway.ts', '../../lib/access/index.ts'],
  ['lib/core/digest.ts', 'node:crypto'],
  ['functions/predict/index.ts', '../middleware/http-stack.ts'],
  ['infra/local/platform.ts', '../../lib/storage/index.ts'],
  ['infra/local/platform.ts', './s3/index.ts'],
  ['infra/container/serve.ts', '../../functions/predict/predict.ts'],
  ['infra/container/train.ts', '../../lib/pipeline/index.ts'],
];

test.each(welcome)('%s may import %s', (path, specifier) => {
  const breaches = findBreaches([{ path, text: `import '${specifier}';` }]);

  expect(breaches).toEqual([]);
});
