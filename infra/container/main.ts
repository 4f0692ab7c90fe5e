/** Entry of the container image: `serve` and `train` as SageMaker calls them, or one of the functions on Lambda. */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isOnrampError } from '../../lib/core/index.ts';

const usage = 'Say what the container is to do: serve or train; on Lambda, the name of a function.';

/** What each word does; loaded when it is said, as serving needs nothing of training. */
const commands: Readonly<Record<string, () => Promise<number>>> = {
  serve: async () => (await import('./serve.ts')).serve(),
  train: async () => (await import('./train.ts')).train(),
};

/** Hands over to Lambda's runtime client, which stays until Lambda ends the process. */
async function runOnLambda(name: string): Promise<void> {
  const folder = dirname(fileURLToPath(import.meta.url));
  process.env.LAMBDA_TASK_ROOT = folder;
  process.env._HANDLER = `${name}.handler`;
  // By its path: it holds machine code, and only the image has it.
  await import(pathToFileURL(join(folder, 'node_modules', 'aws-lambda-ric', 'index.mjs')).href);
}

async function run(name: string | undefined): Promise<void> {
  if (process.env.AWS_LAMBDA_RUNTIME_API) return runOnLambda(name ?? 'predict');
  const command = commands[name ?? ''];
  if (!command) {
    process.stderr.write(`${usage}\n`);
    process.exit(1);
  }
  process.exit(await command());
}

await run(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${isOnrampError(error) ? error.message : (error as Error).stack}\n`);
  process.exit(1);
});
