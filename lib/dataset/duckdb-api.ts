/** The parts of DuckDB in use, by name: loaded on first use, so that a bundler keeps them in a chunk of their own. */
export { DuckDBInstance } from '@duckdb/node-api';
