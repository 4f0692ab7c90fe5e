/** The tensors that an imported model takes and gives, in lines. */
import { tableLines } from '../lib/client/index.ts';
import type { ImportedManifest } from '../lib/contracts/index.ts';

type Tensor = ImportedManifest['signature']['inputs'][number];

/** Two tables, of what a model takes and of what it gives; a size that varies is shown by its name or as `?`. */
export function signatureLines({ inputs, outputs }: ImportedManifest['signature']): string[] {
  return ['takes', '', ...tensorLines(inputs), '', 'gives', '', ...tensorLines(outputs)];
}

function tensorLines(tensors: readonly Tensor[]): string[] {
  const rows = tensors.map(({ name, type, shape }) => [
    JSON.stringify(name),
    type,
    `[${shape.map((size) => (size === '' ? '?' : size)).join(', ')}]`,
  ]);
  return tableLines(['name', 'type', 'shape'], rows).map((line) => `  ${line}`);
}
