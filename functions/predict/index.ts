/** HTTPS prediction by light ONNX models, in every dialect. */
import { warmUpRuntime } from '../../lib/onnx/index.ts';
import { rawHttpStack } from '../middleware/http-stack.ts';
import { createJobMeter } from '../middleware/meter-job.ts';
import { createPlatform } from '../middleware/platform.ts';
import { openPictureDecoder } from '../middleware/preparation.ts';
import { openEndpoints } from '../middleware/queue-context.ts';
import { createPredict } from './predict.ts';

const service = 'predict';
const platform = { ...createPlatform(), meter: createJobMeter(service) };
const large = { models: platform.endpointModels, endpoints: openEndpoints };

export const handler = rawHttpStack(
  createPredict({ ...platform, large, decodePictures: openPictureDecoder() }),
  { service },
);

// Lambda often starts a function before anybody asks it: by then everything but the model is there. What fails here
// fails again, with a message, at the first prediction.
await warmUpRuntime().catch(() => {});
