/** OpenAI's dialect, as far as models of our own speak it: vectors of texts. */
import type { ServeOperations } from '../service.ts';

export const openaiOperations: ServeOperations = {
  'POST /v1/embeddings': async (context, request) => {
    // Loaded by the first such request: most functions never see one.
    const { embed } = await import('./embed.ts');
    return embed(context, request);
  },
};
