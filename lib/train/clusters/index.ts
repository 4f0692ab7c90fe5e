/** Groups of rows by k-means: sought here, answered by a few nodes of an ONNX graph. */
export { type EmittedClusters, emitKMeans } from './emit-k-means.ts';
export { type Assignment, assign, fitKMeans, type KMeansModel, type KMeansOptions } from './k-means.ts';
