/** The suite that lets other people's clients speak to our servers; a client that cannot be had is left out aloud. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ensureCronValidator } from './cron-python.ts';
import { ensureEmbeddings } from './embedding-packages.ts';
import { ensureLanguageModel } from './language-model-packages.ts';
import { ensureMlflow } from './mlflow-python.ts';
import { ensureOipClients } from './oip-python.ts';
import { ensureJavaScriptClients, ensurePythonClients } from './openai-packages.ts';
import { ensureS3Clients } from './s3-python.ts';
import { ensureSkl2onnx } from './skl2onnx-python.ts';

/** What a client runs on, or `null` with a word on standard error if it cannot be had here. */
function available(tests: string, ensure: () => string, isAskedFor = false): string | null {
  try {
    return ensure();
  } catch (error) {
    // What was asked for by name has to work; what cannot be had here is no failure of ours.
    if (isAskedFor) throw error;
    process.stderr.write(`${tests} is skipped: ${(error as Error).message}\n`);
    return null;
  }
}

const s3Tests = [
  'test/interop/s3-clients.test.ts',
  'test/interop/endpoint-clients.test.ts',
  'test/interop/lambda-clients.test.ts',
  'test/interop/scheduler-clients.test.ts',
  'test/interop/upload-trains.test.ts',
];
const cronTests = ['test/interop/cron-validator.test.ts'];
const mlflowTests = ['test/interop/mlflow.test.ts'];
const oipTests = ['test/interop/oip-clients.test.ts'];
const openaiTests = ['test/interop/openai-clients.test.ts'];
const openaiPythonTests = ['test/interop/openai-clients-python.test.ts'];
const embeddingTests = ['test/interop/embeddings.test.ts'];
const languageModelTests = ['test/interop/language-model.test.ts'];
const skl2onnxTests = ['test/interop/skl2onnx.test.ts'];
const python = available(s3Tests.join(', '), ensureS3Clients, Boolean(process.env.ONRAMP_PYTHON));
const cron = available(cronTests.join(', '), ensureCronValidator);
const mlflow = available(mlflowTests.join(', '), ensureMlflow);
const oip = available(oipTests.join(', '), ensureOipClients);
const openai = available(openaiTests.join(', '), ensureJavaScriptClients);
const openaiPython = available(openaiPythonTests.join(', '), ensurePythonClients);
const embeddings = available(embeddingTests.join(', '), () => {
  ensureJavaScriptClients();
  return ensureEmbeddings();
});
const languageModel = available(languageModelTests.join(', '), () => {
  ensureJavaScriptClients();
  ensurePythonClients();
  return ensureLanguageModel().modelPath;
});
const skl2onnx = available(skl2onnxTests.join(', '), ensureSkl2onnx);

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/interop/**/*.test.ts'],
    exclude: [
      ...(python === null ? s3Tests : []),
      ...(cron === null ? cronTests : []),
      ...(mlflow === null ? mlflowTests : []),
      ...(oip === null ? oipTests : []),
      ...(openai === null ? openaiTests : []),
      ...(openaiPython === null ? openaiPythonTests : []),
      ...(embeddings === null ? embeddingTests : []),
      ...(languageModel === null ? languageModelTests : []),
      ...(skl2onnx === null ? skl2onnxTests : []),
    ],
    env: { ONRAMP_PYTHON: python ?? '' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
