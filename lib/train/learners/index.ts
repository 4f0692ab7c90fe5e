/** Every learner by name. */
import type { MemberName, TableLearnerName } from '../../contracts/learner-parameters.ts';
import type { Learner } from '../types.ts';
import { boostingLearner } from './boosting.ts';
import { convolutionLearner } from './convolution.ts';
import { elasticNetLearner } from './elastic-net.ts';
import { averageLearner, stackingLearner } from './ensembles.ts';
import { extraTreesLearner } from './extra-trees.ts';
import { forestLearner } from './forest.ts';
import { kernelSvmLearner } from './kernel-svm.ts';
import { lassoLearner } from './lasso.ts';
import { linearLearner } from './linear.ts';
import { naiveBayesLearner } from './naive-bayes.ts';
import { nearestNeighboursLearner } from './nearest-neighbours.ts';
import { networkLearner } from './network.ts';
import { ridgeLearner } from './ridge.ts';
import { svmLearner } from './svm.ts';
import { textNetworkLearner } from './text-network.ts';
import { treeLearner } from './tree.ts';

const members: Readonly<Record<MemberName, Learner>> = {
  linear: linearLearner,
  ridge: ridgeLearner,
  lasso: lassoLearner,
  elastic_net: elasticNetLearner,
  svm: svmLearner,
  kernel_svm: kernelSvmLearner,
  nearest_neighbours: nearestNeighboursLearner,
  naive_bayes: naiveBayesLearner,
  network: networkLearner,
  convolution: convolutionLearner,
  text_network: textNetworkLearner,
  tree: treeLearner,
  forest: forestLearner,
  extra_trees: extraTreesLearner,
  boosting: boostingLearner,
};

export const learners: Readonly<Record<TableLearnerName, Learner>> = {
  ...members,
  average: averageLearner(members),
  stacking: stackingLearner(members),
};
