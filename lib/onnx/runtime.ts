/** The parts of onnxruntime in use, by name: loaded on first use, so that a bundler keeps them in a chunk of their own. */
export { env, InferenceSession, Tensor } from 'onnxruntime-node';
