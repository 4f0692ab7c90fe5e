/** Has inputs prepared by the function that the environment names. */
import { environmentNames } from '../../lib/contracts/environment.ts';
import type { PictureDecoder } from '../../lib/contracts/preparation.ts';
import { internal } from '../../lib/core/index.ts';
import type { Invoke } from '../../lib/invoke/index.ts';

/** API Gateway waits 29 seconds, and a container is to be asked within them. */
const timeoutMs = 22_000;

let invoking: Promise<Invoke> | undefined;

/** What asks the function; loaded by the first input that needs it. */
export function openPrepare(): Promise<Invoke> {
  const functionName = process.env[environmentNames.prepareFunction];
  if (!functionName) {
    throw internal(
      `Environment: ${environmentNames.prepareFunction} is not set; give it the name of a function.`,
      {
        code: 'environment_invalid',
      },
    );
  }
  invoking ??= import('../../lib/invoke/index.ts').then(({ createInvoke }) =>
    createInvoke({ functionName, timeoutMs }),
  );
  return invoking;
}

/** Decodes pictures in that function. */
export function openPictureDecoder(): PictureDecoder {
  let decoding: Promise<PictureDecoder> | undefined;
  return async (pictures, settings) => {
    decoding ??= connect();
    return (await decoding)(pictures, settings);
  };
}

async function connect(): Promise<PictureDecoder> {
  const { createRemoteDecoder } = await import('../../lib/preparation/index.ts');
  return createRemoteDecoder(await openPrepare(), timeoutMs);
}
