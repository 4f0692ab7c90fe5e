/** Nearest neighbours by brute force in the graph. */
export { emitNeighbours, type NeighbourSettings, type StoredRows } from './emit-neighbours.ts';
