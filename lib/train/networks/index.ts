/** Neural networks over the encoded matrix: readers of pictures and texts, dense layers, and what all have in common. */
export { type BlockNetworkParts, blockNetwork, type Reader } from './blocks.ts';
export { multiplications, parameterCount } from './cost.ts';
export { type DenseSettings, denseLayers } from './dense-layers.ts';
export { estimateNetwork, type NetworkReads } from './estimate-network.ts';
export { fitNetwork, type NetworkFit } from './fit-network.ts';
export { type NetworkName, networkFor } from './network-for.ts';
