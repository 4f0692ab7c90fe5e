/** What layers are, and how they are put together to a network. */
import type { ForwardContext, Network, ParameterSpec, Tensor } from '../types.ts';

/** A piece of a network with parameters of its own; the first axis of what goes in and out is the examples. */
export interface Layer {
  /** What it is, for the names of its parameters: `dense`. */
  readonly kind: string;
  /** Its parameters by name, unique within the layer. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  apply(context: ForwardContext, input: Tensor): Tensor;
}

/** Parameters of a layer inside another one: `dense1.weight`. */
export function prefixed(
  prefix: string,
  parameters: Readonly<Record<string, ParameterSpec>>,
): Readonly<Record<string, ParameterSpec>> {
  return Object.fromEntries(Object.entries(parameters).map(([name, spec]) => [`${prefix}.${name}`, spec]));
}

/** The context as a layer sees it that was declared with `prefixed`. */
export const within = (context: ForwardContext, prefix: string): ForwardContext => ({
  ...context,
  parameter: (name) => context.parameter(`${prefix}.${name}`),
  update: (name, value) => context.update(`${prefix}.${name}`, value),
});

/**
 * Layers one after the other; parameters are named by kind and place: `dense1.weight`, `dense3.weight`.
 *
 * @example
 * const layers = sequence([dense(784, 128), activation('Relu'), dense(128, 10)]);
 */
export function sequence(layers: readonly Layer[]): Layer {
  const named = layers.map((layer, index) => ({ name: `${layer.kind}${index + 1}`, layer }));
  return {
    kind: 'sequence',
    parameters: Object.assign({}, ...named.map(({ name, layer }) => prefixed(name, layer.parameters))),
    apply: (context, input) =>
      named.reduce((value, { name, layer }) => layer.apply(within(context, name), value), input),
  };
}

/**
 * What goes in plus what a layer makes of it (He et al. 2016); both must have the same shape.
 *
 * @param shortcut what to do with the way around, for example a convolution of 1 x 1 where the channels change
 */
export function residual(layer: Layer, shortcut?: Layer): Layer {
  return {
    kind: 'residual',
    parameters: {
      ...prefixed('body', layer.parameters),
      ...(shortcut === undefined ? {} : prefixed('shortcut', shortcut.parameters)),
    },
    apply: (context, input) => {
      const around = shortcut?.apply(within(context, 'shortcut'), input) ?? input;
      return context.tape.op('Add', [layer.apply(within(context, 'body'), input), around]);
    },
  };
}

/** A network that is one layer over one input. */
export const networkOf = (layer: Layer, inputName: string): Network => ({
  parameters: layer.parameters,
  forward: (context, inputs) => layer.apply(context, inputs[inputName]!),
});
