/** Operators whose results do not change when an input changes a little, and those that make numbers of nothing. */
import { internal } from '../../core/index.ts';
import type { ElementType } from '../../onnx/index.ts';
import { TYPE_CODES } from '../arithmetic.ts';
import { axisOf, broadcastTo, likeFirst, type Operator } from '../operator.ts';
import { reducedShape } from './reductions.ts';

const comparison: Operator = { infer: broadcastTo('bool'), backward: 'stops' };
const steps: Operator = { infer: likeFirst, backward: 'stops' };

const typesByCode = new Map(Object.entries(TYPE_CODES).map(([type, code]) => [code, type as ElementType]));

/** Where an extremum lies, counted along one axis. */
const position: Operator = {
  infer: (node) => {
    const { shape } = node.input(0);
    const axis = axisOf(node, 0);
    return [{ type: 'int64', shape: reducedShape(shape, [axis], node.int('keepdims', 1) === 1) }];
  },
  backward: 'stops',
};

/** Random numbers in a shape that is an attribute. */
const random: Operator = {
  infer: (node) => [{ type: 'float32', shape: node.ints('shape', null) ?? [] }],
  backward: 'stops',
};

/** Operators that end the way of a gradient. */
export const stepwise: Readonly<Record<string, Operator>> = {
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Equal: comparison,
  And: comparison,
  Or: comparison,
  Not: comparison,
  IsNaN: comparison,
  IsInf: comparison,
  Sign: steps,
  Floor: steps,
  Ceil: steps,
  Round: steps,
  Bernoulli: steps,
  ArgMax: position,
  ArgMin: position,
  RandomUniform: random,
  RandomNormal: random,
  RandomUniformLike: steps,
  RandomNormalLike: steps,
  ConstantOfShape: {
    infer: (node) => [{ type: node.tensor('value')?.type ?? 'float32', shape: node.numbers(0)! }],
    backward: 'stops',
  },
  OneHot: {
    infer: (node) => {
      const { shape } = node.input(0);
      const axis = axisOf(node, -1, shape.length + 1);
      const depth = node.numbers(1)![0]!;
      return [{ type: node.input(2).type, shape: [...shape.slice(0, axis), depth, ...shape.slice(axis)] }];
    },
    backward: 'stops',
  },
  /** Between kinds of floating-point numbers a gradient passes; integers and truth values have none. */
  Cast: {
    infer: (node) => {
      const type = typesByCode.get(node.int('to', 0));
      if (type === undefined) throw internal('Cast goes to a type that tapes do not compute with');
      return [{ type, shape: node.input(0).shape }];
    },
    backward: ({ m, d, x, y }) => (isFloat(x.type) && isFloat(y.type) ? m.cast(d, x.type) : null),
  },
};

const isFloat = (type: ElementType): boolean => type === 'float32' || type === 'float64';
