/** The refusal that a call is answered with. */
import type { OnrampError } from '../../lib/core/index.ts';

/** Waits for the refusal of a call that must be refused. */
export async function refusalOf(call: Promise<unknown>): Promise<OnrampError> {
  try {
    await call;
  } catch (error) {
    return error as OnrampError;
  }
  throw new Error('The call was answered.');
}
