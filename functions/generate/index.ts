/** Large models behind endpoints, answered piece by piece. */
import { streamStack } from '../middleware/stream-stack.ts';
import { createGenerate, createGeneratePlatform } from './generate.ts';

export const handler = streamStack(createGenerate(createGeneratePlatform()), {
  service: 'generate',
  largerBodies: 'shorten the conversation, or give pictures by their address',
});
