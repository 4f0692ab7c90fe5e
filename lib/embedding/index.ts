/** Embedding models as they are brought along: a folder becomes one ONNX file with its tokenizer and pooling in it. */
export { embeddingOf, unpackEmbedding } from './import-embedding.ts';
