/** Chooses how many groups there are: as many as give the best silhouette. */
import { invalidInput, isOnrampError, type Matrix } from '../../core/index.ts';
import { assign, fitKMeans } from '../clusters/index.ts';

/** Mean silhouette of rows in groups; null where it is undefined. */
export type SilhouetteOf = (x: Matrix, groups: ArrayLike<number>) => number | null;

/** A number of groups with what it scored. */
export interface TriedClusters {
  readonly clusters: number;
  readonly silhouette: number;
}

const fewest = 2;
const most = 10;
/** Each is sought quickly; the one that is chosen is sought again with care. */
const search = { starts: 3, maxIterations: 100, tolerance: 1e-4 };

/**
 * Tries 2 to 10 groups of the rows.
 *
 * @param x few enough rows for a silhouette, which compares each with each
 * @throws invalid_request `too_few_distinct_rows`
 */
export async function chooseClusters(
  x: Matrix,
  silhouetteOf: SilhouetteOf,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal },
): Promise<readonly TriedClusters[]> {
  const tried: TriedClusters[] = [];
  for (let clusters = fewest; clusters <= most; clusters += 1) {
    const groups = await groupRows(x, clusters, { seed, signal });
    const silhouette = groups && silhouetteOf(x, groups);
    if (silhouette === null) break;
    tried.push({ clusters, silhouette });
  }
  if (tried.length > 0) return tried;
  throw invalidInput('All rows are alike once they are encoded, so there are no groups to find among them.', {
    code: 'too_few_distinct_rows',
    param: 'features',
  });
}

/** The group of each row; null if fewer rows than groups differ from each other. */
async function groupRows(
  x: Matrix,
  clusters: number,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal | undefined },
): Promise<Int32Array | null> {
  try {
    const { centres } = await fitKMeans(x, { clusters, seed, signal, ...search });
    return assign(x, centres).groups;
  } catch (error) {
    if (isOnrampError(error) && error.code === 'too_many_clusters') return null;
    throw error;
  }
}
