/** All numbers of a network in two vectors, what is learnt and what is kept beside it: a short state for loops and checkpoints. */
import { createRandom, internal, type Random } from '../../core/index.ts';
import { attr, elementCount, floatTensor } from '../../onnx/index.ts';
import type { Initial, Network, ParameterSpec, Tape, Tensor, Weights } from '../types.ts';

/** Where a parameter lies in its vector. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly size: number;
  readonly spec: ParameterSpec;
}

/** The parameters of a network in the order in which it declares them. */
export interface ParameterLayout {
  readonly trained: readonly Slot[];
  /** Running statistics and whatever else is not learnt. */
  readonly kept: readonly Slot[];
}

/** The numbers of a layout. */
export interface Numbers {
  readonly trained: Float32Array;
  readonly kept: Float32Array;
}

/** @throws OnrampError `internal` for a network without anything to learn */
export function layParameters({ parameters }: Network): ParameterLayout {
  const entries = Object.entries(parameters);
  const trained = slotsOf(entries.filter(([, spec]) => spec.trained ?? true));
  if (trained.length === 0) throw internal('a network without parameters has nothing to learn');
  return { trained, kept: slotsOf(entries.filter(([, spec]) => spec.trained === false)) };
}

function slotsOf(entries: readonly (readonly [string, ParameterSpec])[]): readonly Slot[] {
  let start = 0;
  return entries.map(([name, spec]) => {
    const slot = { name, shape: spec.shape, start, size: elementCount(spec.shape), spec };
    start += slot.size;
    return slot;
  });
}

/** Neighbours in a vector that a training graph holds together. */
export interface Segment {
  readonly start: number;
  readonly size: number;
  readonly slots: readonly Slot[];
}

/** From so many numbers on, taking a parameter out of a vector costs more than nodes of its own; measured. */
const LARGE_PARAMETER = 32_768;

/** Large parameters stand alone, the small ones between them share a segment. */
export function segmentsOf(slots: readonly Slot[]): readonly Segment[] {
  const groups: Slot[][] = [];
  for (const [index, slot] of slots.entries()) {
    const before = slots[index - 1];
    const starts = !before || before.size >= LARGE_PARAMETER || slot.size >= LARGE_PARAMETER;
    if (starts) groups.push([slot]);
    else groups.at(-1)!.push(slot);
  }
  return groups.map((group) => ({ start: group[0]!.start, size: sizeOf(group), slots: group }));
}

/** Length of a vector. */
export const sizeOf = (slots: readonly Slot[]): number => slots.reduce((sum, { size }) => sum + size, 0);

/**
 * Numbers to begin with: those given, the others drawn as their spec says. Each parameter has a stream of random numbers
 * of its own, so that one more layer does not change how the others begin.
 *
 * @throws OnrampError `internal` for given numbers of another size, or for parameters that the network does not have
 */
export function initialNumbers(layout: ParameterLayout, seed: number, given: Weights = {}): Numbers {
  const slots = [...layout.trained, ...layout.kept];
  const unknown = Object.keys(given).find((name) => !slots.some((slot) => slot.name === name));
  if (unknown !== undefined) throw internal(`the network has no parameter "${unknown}"`);
  const random = createRandom(seed).fork('weights');
  const fill = (vector: Float32Array, slot: Slot): void => {
    const part = vector.subarray(slot.start, slot.start + slot.size);
    const known = given[slot.name]?.data as ArrayLike<number> | undefined;
    if (known !== undefined && known.length !== slot.size) {
      throw internal(`parameter "${slot.name}" has ${slot.size} numbers, and ${known.length} were given`);
    }
    if (known !== undefined) part.set(known);
    else draw(part, slot.spec.initial, random.fork(slot.name));
  };
  const trained = new Float32Array(sizeOf(layout.trained));
  const kept = new Float32Array(sizeOf(layout.kept));
  for (const slot of layout.trained) fill(trained, slot);
  for (const slot of layout.kept) fill(kept, slot);
  return { trained, kept };
}

function draw(part: Float32Array, initial: Initial, random: Random): void {
  const next = drawer(initial, random);
  for (let index = 0; index < part.length; index += 1) part[index] = next();
}

function drawer(initial: Initial, random: Random): () => number {
  const uniform = (bound: number) => () => (2 * random.uniform() - 1) * bound;
  switch (initial.kind) {
    case 'zeros':
      return () => 0;
    case 'ones':
      return () => 1;
    case 'constant':
      return () => initial.value;
    case 'glorot':
      return uniform(Math.sqrt(6 / (initial.fanIn + initial.fanOut)));
    case 'he':
      return () => random.normal() * Math.sqrt(2 / initial.fanIn);
    case 'uniform':
      return uniform(initial.bound);
    case 'normal':
      return () => random.normal() * initial.deviation;
  }
}

/** The numbers by parameter name, as copies. */
export function weightsOf(layout: ParameterLayout, numbers: Numbers): Weights {
  const named = (slots: readonly Slot[], vector: Float32Array) =>
    slots.map(
      ({ name, shape, start, size }) =>
        [name, floatTensor(vector.slice(start, start + size), shape)] as const,
    );
  return Object.fromEntries([...named(layout.trained, numbers.trained), ...named(layout.kept, numbers.kept)]);
}

/** The parameters of a vector [1, length] in a graph, each in its shape. */
export function splitVector(tape: Tape, vector: Tensor, slots: readonly Slot[]): ReadonlyMap<string, Tensor> {
  const parts =
    slots.length === 1
      ? [vector]
      : tape.ops('Split', slots.length, [vector, tape.integers(slots.map(({ size }) => size))], {
          axis: attr.int(1),
        });
  return new Map(
    slots.map(({ name, shape }, index) => [name, tape.op('Reshape', [parts[index]!, tape.integers(shape)])]),
  );
}

/** The other way round: tensors, one a slot, as one vector [1, length]. */
export function joinVector(tape: Tape, tensors: readonly Tensor[]): Tensor {
  const flat = tensors.map((tensor) => tape.op('Reshape', [tensor, tape.integers([1, -1])]));
  return flat.length === 1 ? flat[0]! : tape.op('Concat', flat, { axis: attr.int(1) });
}

/** 1 where penalties apply to neighbours in a vector and 0 where they do not; a single 1 if they apply everywhere. */
export function penaltyMask(tape: Tape, slots: readonly Slot[]): Tensor {
  if (slots.every(({ spec }) => spec.penalised ?? true)) return tape.floats(1);
  const mask = new Float32Array(sizeOf(slots));
  let start = 0;
  for (const { size, spec } of slots) {
    mask.fill((spec.penalised ?? true) ? 1 : 0, start, start + size);
    start += size;
  }
  return tape.floats(mask, [1, mask.length]);
}
