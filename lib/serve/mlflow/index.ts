/** The dialect of MLflow's scoring server. */
export { mlflowOperations } from './operations.ts';
