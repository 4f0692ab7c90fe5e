/** The vocabulary of tasks without a target: learners that find groups or anomalies, and what they give back. */
import type {
  AnomalyLearnerName,
  ClusterLearnerName,
  UnsupervisedLearnerName,
} from '../../contracts/learner-parameters.ts';
import type { Matrix } from '../../core/index.ts';
import type { GraphBuilder, Value } from '../../onnx/types.ts';
import type { EmittedModel, FitOptions, Learner } from '../types.ts';

/** Groups as learnt. */
export interface FittedClusters {
  readonly clusters: number;
  /** Training rows in each. */
  readonly sizes: readonly number[];
  /**
   * Writes what comes after the encoded features, float32 [N, p]: the number of each row's group as text [N], and the
   * distances to all of them, float32 [N, clusters].
   */
  emit(builder: GraphBuilder, features: Value): { readonly cluster: Value; readonly distances: Value };
}

/** A detector of anomalies as learnt. */
export interface FittedDetector {
  /** Scores from this on are anomalies, unless the setting `contamination` says what share of the rows is. */
  readonly threshold: number;
  /**
   * Writes what comes after the encoded features, float32 [N, p]; the answer is float32 [N], 0 to 1, higher the less a row
   * is like others.
   */
  emit(builder: GraphBuilder, features: Value): EmittedModel;
}

interface Common extends Pick<Learner, 'style'> {
  readonly name: UnsupervisedLearnerName;
}

/** One way to find groups. `options.parameters.clusters` is always given. */
export interface ClusterLearner extends Common {
  readonly name: ClusterLearnerName;
  fit(x: Matrix, options: FitOptions): Promise<FittedClusters>;
}

/** One way to find anomalies. */
export interface AnomalyLearner extends Common {
  readonly name: AnomalyLearnerName;
  fit(x: Matrix, options: FitOptions): Promise<FittedDetector>;
}
