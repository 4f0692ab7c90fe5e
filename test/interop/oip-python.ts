/** The Python that runs the clients of the Open Inference Protocol: Triton's and KServe's. */
import { ensureClient } from './python-packages.ts';

/**
 * The Python to use.
 *
 * @throws Error that says what is missing
 */
export const ensureOipClients = (): string =>
  ensureClient('oip', [
    'tritonclient==2.73.0',
    // What its "http" and "aio" forms need.
    'geventhttpclient==2.6.1',
    'aiohttp==3.14.5',
    'kserve==0.21.0',
    'numpy==2.4.6',
    'ml_dtypes==0.5.4',
  ]);
