/** How an ONNX file says that it turns texts into vectors; apart from the schemas, as predictions need it alone. */

/** Keys of the metadata in which an embedding model keeps its settings and its tokenizer, both as JSON. */
export const embeddingMetadata = { settings: 'onramp.embedding', tokenizer: 'onramp.tokenizer' } as const;

/** The usual name of the output that holds one vector for each text. */
export const embeddingOutput = 'sentence_embedding';

/** What an embedding model may be fed; all are whole numbers of the shape texts x tokens. */
export const embeddingInputs = {
  ids: 'input_ids',
  mask: 'attention_mask',
  types: 'token_type_ids',
} as const;
