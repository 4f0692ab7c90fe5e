/** The table of operators: one entry each, by family. */
import type { Operator } from '../operator.ts';
import { activations } from './activations.ts';
import { convolution } from './convolution.ts';
import { cutting } from './cutting.ts';
import { elementwise } from './elementwise.ts';
import { linear } from './linear.ts';
import { lookup } from './lookup.ts';
import { normalisation } from './normalisation.ts';
import { pooling } from './pooling.ts';
import { recurrent } from './recurrent.ts';
import { reductions } from './reductions.ts';
import { reshaping } from './reshaping.ts';
import { stepwise } from './stepwise.ts';

/** Every operator that a tape can write, by its ONNX name. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...elementwise,
  ...activations,
  ...stepwise,
  ...linear,
  ...reductions,
  ...reshaping,
  ...cutting,
  ...lookup,
  ...convolution,
  ...pooling,
  ...normalisation,
  ...recurrent,
};
