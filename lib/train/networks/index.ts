/** Neural networks over the encoded matrix: readers of pictures and texts, dense layers, and what all have in common. */
export { costOfRow, parameterCount } from './cost.ts';
export { estimateNetwork, type NetworkReads } from './estimate-network.ts';
export { fitNetwork } from './fit-network.ts';
export { type NetworkName, networkFor } from './network-for.ts';
