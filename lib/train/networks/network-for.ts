/** The networks of the learners, from their settings and what there is to learn from. */
import { dropout, type Network, sequence } from '../../autodiff/index.ts';
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import type { FeatureBlock } from '../../preprocess/index.ts';
import { blockNetwork } from './blocks.ts';
import { denseLayers } from './dense-layers.ts';
import { pictureReader } from './picture-reader.ts';
import { completeConvolution } from './presets.ts';
import { textReader } from './text-reader.ts';
import type { TrainingSettings } from './training.ts';

/** Learners that are networks. */
export type NetworkName = 'network' | 'convolution' | 'text_network';

/** What a network is to read. */
export interface Readable {
  readonly columns: number;
  readonly layout: readonly FeatureBlock[];
}

/** A network and how it is trained. */
export interface NetworkPlan {
  readonly settings: TrainingSettings;
  /** The network, whose input is `x` [rows, columns], with so many units at its end. */
  networkOf(outputs: number): Network;
}

/**
 * @param parameters of the spec
 * @throws invalid_request `layers_do_not_fit`; a zod error for settings that the learner's schema refuses
 */
export function networkFor(
  learner: NetworkName,
  parameters: Readonly<Record<string, unknown>>,
  readable: Readable,
): NetworkPlan {
  const settings = learnerParameters[learner].parse(parameters);
  if (learner === 'network') return denseNetwork(settings as LearnerParameters<'network'>, readable);
  if (learner === 'convolution')
    return pictureNetwork(settings as LearnerParameters<'convolution'>, readable);
  return textNetwork(settings as LearnerParameters<'text_network'>, readable);
}

const usualHidden = [64, 32];

function denseNetwork(settings: LearnerParameters<'network'>, readable: Readable): NetworkPlan {
  const { hidden = usualHidden } = settings;
  return {
    settings,
    networkOf: (outputs) =>
      blockNetwork({
        ...readable,
        readerOf: () => null,
        head: (inputs) => denseLayers(inputs, outputs, { ...settings, hidden }),
      }),
  };
}

function pictureNetwork(parameters: LearnerParameters<'convolution'>, readable: Readable): NetworkPlan {
  const settings = completeConvolution(parameters);
  const { hidden, activation, dropout: rate } = settings;
  return {
    settings,
    networkOf: (outputs) =>
      blockNetwork({
        ...readable,
        readerOf: (block) => (block.kind === 'pixels' ? pictureReader(block, settings) : null),
        head: (inputs) => denseLayers(inputs, outputs, { hidden, activation, dropout: rate }),
      }),
  };
}

/** Of what the readers give; Kim 2014. */
const usualDropout = 0.5;
/** Texts are learnt by heart within a few epochs. */
const usualTextTraining = { epochs: 30, patience: 3 } as const;

function textNetwork(settings: LearnerParameters<'text_network'>, readable: Readable): NetworkPlan {
  const usual = settings.optimizer === 'lbfgs' ? 0 : usualDropout;
  const { hidden = [], activation, dropout: rate = usual } = settings;
  return {
    settings: { ...usualTextTraining, ...settings },
    networkOf: (outputs) =>
      blockNetwork({
        ...readable,
        readerOf: (block) => (block.kind === 'tokens' ? textReader(block, settings) : null),
        head: (inputs) =>
          sequence([dropout(rate), denseLayers(inputs, outputs, { hidden, activation, dropout: rate })]),
      }),
  };
}
