/** HTTPS prediction by light ONNX models, in every dialect. */
import { rawHttpStack } from '../middleware/http-stack.ts';
import { createPlatform } from '../middleware/platform.ts';
import { createPredict } from './predict.ts';

export const handler = rawHttpStack(createPredict(createPlatform()), { service: 'predict' });
