/** Fits how raw columns are encoded for a learner; for an ensemble, once for all members of like needs. */
import type { ModelSpec } from '../contracts/model-spec.ts';
import { invalidInput } from '../core/index.ts';
import {
  type Encoder,
  type FeatureColumn,
  fitPreprocessor,
  joinPreprocessors,
  type NamedPreprocessor,
} from '../preprocess/index.ts';
import type { Problem } from './cross-validate.ts';
import type { EncodedColumn, Learner, MatrixPart, Member } from './types.ts';

/** How raw columns become a matrix. */
export interface Encoding {
  readonly preprocessor: Encoder;
  /** The encoded columns. */
  readonly columns: readonly EncodedColumn[];
  /** Ensembles: what each member looks at. */
  readonly parts?: readonly MatrixPart[];
}

/** What is encoded, and how the spec wants it. */
type Source = Pick<Problem, 'table' | 'features'> & {
  readonly spec: Pick<ModelSpec, 'preprocess' | 'parameters'>;
};

/** What an encoding has to suit. */
type Taker = Pick<Learner, 'style' | 'texts' | 'members'>;

/**
 * Learns from the given rows.
 *
 * @throws invalid_request `unknown_column` for a member that is to look at a column which the model does not take
 */
export function fitEncoding(problem: Source, learner: Taker, rows: Uint32Array): Encoding {
  const members = learner.members?.(problem.spec.parameters ?? {});
  if (members) return fitTogether(problem, members, rows);
  const preprocessor = fitFor(problem, learner, { features: problem.features, rows });
  return { preprocessor, columns: columnsOf(preprocessor) };
}

const fitFor = (
  { table, spec }: Source,
  { style, texts }: Taker,
  { features, rows }: { readonly features: readonly FeatureColumn[]; readonly rows: Uint32Array },
): Encoder =>
  fitPreprocessor(table, features, rows, {
    spec: spec.preprocess ?? {},
    style,
    ...(texts && { texts }),
  });

function fitTogether(problem: Source, members: readonly Member[], rows: Uint32Array): Encoding {
  refuseUnknown(problem.features, members);
  const alike = Map.groupBy(members, keyOf);
  const joined = [...alike.values()].map((group): NamedPreprocessor => {
    const { learner, columns } = group[0]!;
    const features = numbered(problem.features, ({ name }) => columns?.includes(name) ?? true);
    const name = [...new Set(group.map((member) => member.learner.name))].join('+');
    return { name, preprocessor: fitFor(problem, learner, { features, rows }) };
  });
  const taken = numbered(problem.features, ({ name }) =>
    members.some(({ columns }) => columns?.includes(name) ?? true),
  );
  const preprocessor = joinPreprocessors(taken, joined);
  let start = 0;
  const parts = joined.map(({ preprocessor: one }): MatrixPart => {
    start += one.outputNames.length;
    return { start: start - one.outputNames.length, columns: columnsOf(one), layout: one.layout };
  });
  const keys = [...alike.keys()];
  return {
    preprocessor,
    columns: columnsOf(preprocessor),
    parts: members.map((member) => parts[keys.indexOf(keyOf(member))]!),
  };
}

/** The same for members that share an encoding. */
const keyOf = ({ learner: { style, texts = 'terms' }, columns }: Member): string =>
  JSON.stringify([style, texts, columns ? [...new Set(columns)].sort() : null]);

/** Some of the columns, with the places that they have among themselves. */
function numbered(
  features: readonly FeatureColumn[],
  isWanted: (feature: FeatureColumn) => boolean,
): readonly FeatureColumn[] {
  const count = { numeric: 0, text: 0, image: 0 };
  return features.filter(isWanted).map((feature) => {
    count[feature.input] += 1;
    return { ...feature, index: count[feature.input] - 1 };
  });
}

const columnsOf = ({ features, outputNames, sourceOf }: Encoder): readonly EncodedColumn[] =>
  outputNames.map((name, index) => ({ name, source: features[sourceOf[index]!]!.name }));

function refuseUnknown(features: readonly FeatureColumn[], members: readonly Member[]): void {
  const known = new Set(features.map(({ name }) => name));
  for (const [place, { learner, columns = [] }] of members.entries()) {
    const unknown = columns.find((name) => !known.has(name));
    if (unknown === undefined) continue;
    throw invalidInput(
      `The learner "${learner.name}" of the ensemble is to look at the column "${unknown}", which this model does not take; mend the name, or see that "features" includes it.`,
      { code: 'unknown_column', param: `parameters.learners.${place}.columns` },
    );
  }
}
