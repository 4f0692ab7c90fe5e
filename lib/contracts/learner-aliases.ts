/** Words users know for the same learners. */

const aliases: Readonly<Record<string, string>> = {
  logistic: 'linear',
  logistic_regression: 'linear',
  linear_regression: 'linear',
  elasticnet: 'elastic_net',
  linear_svm: 'svm',
  linear_svc: 'svm',
  linear_svr: 'svm',
  svc: 'kernel_svm',
  svr: 'kernel_svm',
  knn: 'nearest_neighbours',
  k_nearest_neighbours: 'nearest_neighbours',
  nearest_neighbors: 'nearest_neighbours',
  k_nearest_neighbors: 'nearest_neighbours',
  bayes: 'naive_bayes',
  gaussian_nb: 'naive_bayes',
  mlp: 'network',
  neural_network: 'network',
  dense: 'network',
  cnn: 'convolution',
  convolutional_network: 'convolution',
  text_cnn: 'text_network',
  decision_tree: 'tree',
  cart: 'tree',
  random_forest: 'forest',
  extremely_randomised_trees: 'extra_trees',
  extremely_randomized_trees: 'extra_trees',
  gradient_boosting: 'boosting',
  ar: 'autoregression',
  holt_winters: 'exponential_smoothing',
  kmeans: 'k_means',
  iforest: 'isolation_forest',
  ets: 'exponential_smoothing',
};

/** The name that a learner has here, for a name that it has elsewhere; anything else unchanged. */
export const knownLearnerName = (value: unknown): unknown =>
  typeof value === 'string' && Object.hasOwn(aliases, value) ? aliases[value] : value;
