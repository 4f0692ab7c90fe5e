/** Entry of the local platform: reads the settings, starts everything, stops it on a signal. */
import { fileURLToPath } from 'node:url';
import { createClient } from '../../lib/client/index.ts';
import { isOnrampError } from '../../lib/core/index.ts';
import { helpText, type PlatformSettings, readSettings } from './config.ts';
import { installExamples } from './examples.ts';
import { type Platform, startPlatform } from './platform.ts';
import { createReporter } from './reporter.ts';

/** `dist`, beside whose functions this file's bundle lies. */
const dist = fileURLToPath(new URL('..', import.meta.url));
const examplesDirectory = fileURLToPath(new URL('../../examples', import.meta.url));

async function run(settings: PlatformSettings): Promise<void> {
  const report = createReporter({ write: (line) => console.error(line), now: () => Date.now() });
  const platform = await startPlatform(settings, { dist, report });
  stopOnSignal(platform);
  console.log(`Onramp is ready at ${platform.url}
  API key       ${settings.apiKey} (header x-api-key, or Authorization: Bearer)${moreKeys(settings)}
  object store  ${platform.s3Url}
  functions     ${platform.lambdaUrl} (Lambda's Invoke)${endpoints(settings, platform)}
  data          ${settings.home}`);
  if (settings.empty) return;
  const client = createClient({ url: platform.url, apiKey: settings.apiKey });
  await installExamples({ client, examplesDirectory, report });
}

const moreKeys = ({ keysFile }: PlatformSettings): string =>
  keysFile === null ? '' : `\n  more keys     ${keysFile}`;

const endpoints = ({ endpointsFile }: PlatformSettings, { runtimeUrl }: Platform): string =>
  endpointsFile === null
    ? ''
    : `\n  endpoints     ${runtimeUrl} (SageMaker's runtime), from ${endpointsFile}`;

/** The first signal stops gently, the second at once; both are safe, since all state is on disk. */
function stopOnSignal(platform: Platform): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      platform.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
}

function fail(error: unknown): never {
  console.error(isOnrampError(error) ? error.message : error);
  process.exit(1);
}

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings === 'help') console.log(helpText);
  else await run(settings);
} catch (error) {
  fail(error);
}
