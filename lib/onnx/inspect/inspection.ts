/** Everything a model file from outside says of itself, read and tried; untrusted code runs here. */
import { embeddingMetadata } from '../../contracts/embedding-file.ts';
import { checkModel } from '../check-model.ts';
import { refuse } from '../refusal.ts';
import { createSession } from '../session.ts';
import type { OnnxModel, ValueInfo } from '../types.ts';
import { type Probe, type ProbeOutcome, probeSession, timeProbe } from './probe-session.ts';

/** A file's signature, its own words, and what came of trying it. */
export interface ModelInspection {
  /** A variable size is a name or `''`. */
  readonly inputs: readonly Pick<ValueInfo, 'name' | 'type' | 'shape'>[];
  readonly outputs: readonly Pick<ValueInfo, 'name' | 'type' | 'shape'>[];
  readonly producer: string;
  /** Versions of the operator sets by domain. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly probe: Probe | null;
  /** How long the trial takes that the model accepted. */
  readonly timing: { readonly ms: number; readonly runs: number } | null;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Metadata beyond this many characters are left out: some exporters put whole vocabularies there. */
const maxMetadataLength = 65_536;

/** So long the signature of a version may be, as JSON: it is part of its manifest, and of the card in every list. */
const maxSignatureLength = 262_144;

/** A fault may quote a name of the file, and names have any length. */
const maxFaultLength = 2000;

/** After this long no other trial is begun. */
const maxTrialsMs = 4000;

/**
 * Checks, loads and tries a model.
 *
 * @param now milliseconds of any clock that goes forward only
 * @throws OnrampError with a `RefusalCode`, `model_rejected` or `probe_failed`
 */
export async function inspect(bytes: Uint8Array, now: () => number): Promise<ModelInspection> {
  const endsAt = now() + maxTrialsMs;
  const model = checkModel(bytes);
  const fed = model.graph.inputs.filter(({ name }) => !model.graph.initializers.has(name));
  for (const value of [...fed, ...model.graph.outputs]) checkValue(value);
  checkSignature(fed, model);
  const session = await createSession(bytes);
  const outcome = await probeSession(session, () => now() > endsAt);
  const { metadata, leftOut } = shortMetadata(model.metadata);
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    producer: model.producer,
    opsets: Object.fromEntries(
      Object.entries(model.opsets).map(([domain, version]) => [domain || 'ai.onnx', version]),
    ),
    metadata,
    probe: outcome.probe,
    // A slow model has been told enough of by its trials.
    timing: outcome.probe && now() <= endsAt ? await timeProbe(session, outcome.probe, now) : null,
    warnings: [...probeWarnings(outcome), ...rankWarnings(model, fed), ...leftOut],
  };
}

/** Refuses what the file may say but no request could. */
function checkValue({ name, type }: ValueInfo): void {
  if (type === 'bfloat16') {
    throw refuse(
      'unsupported_type',
      `"${name}" is bfloat16, which no request can carry; cast it to float32 inside the model`,
    );
  }
  if (name === '__proto__' || name.includes('\0')) {
    throw refuse(
      'unsupported_name',
      `${JSON.stringify(name)} cannot be the name of an input or output; rename it in the model`,
    );
  }
}

/** Refuses what would make the version's documents as large as the file likes. */
function checkSignature(fed: readonly ValueInfo[], { graph, producer, opsets }: OnnxModel): void {
  const tensors = [...fed, ...graph.outputs].map(({ name, type, shape }) => ({ name, type, shape }));
  const { length } = JSON.stringify({ tensors, producer, opsets });
  if (length <= maxSignatureLength) return;
  throw refuse(
    'signature_too_large',
    `the ${tensors.length} inputs and outputs take ${length} characters to write down; at most ${maxSignatureLength} are taken: use fewer of them, shorter names or fewer dimensions`,
  );
}

type Warning = ModelInspection['warnings'][number];

function probeWarnings(outcome: ProbeOutcome): Warning[] {
  if (outcome.probe === null) {
    const message = `No made-up input was taken, so whether the model works is not known. The smallest failed: ${outcome.fault.slice(0, maxFaultLength)}`;
    return [{ code: 'probe_rejected', message }];
  }
  if (outcome.batchFault === null) return [];
  const message = `The first size is called variable, but a batch of 2 fails: ${outcome.batchFault.slice(0, maxFaultLength)}`;
  return [{ code: 'batch_fixed', message }];
}

function rankWarnings({ graph }: OnnxModel, inputs: readonly ValueInfo[]): Warning[] {
  return [...inputs, ...graph.outputs].flatMap(({ name, unknownRank }) =>
    unknownRank
      ? [{ code: 'unknown_rank', message: `The file does not say how many dimensions "${name}" has.` }]
      : [],
  );
}

function shortMetadata(metadata: OnnxModel['metadata']): {
  readonly metadata: Record<string, string>;
  readonly leftOut: readonly Warning[];
} {
  let length = 0;
  const kept: [string, string][] = [];
  const leftOut: string[] = [];
  for (const [key, value] of Object.entries(metadata)) {
    // Part of the model, and no word about it.
    if (key === embeddingMetadata.tokenizer) continue;
    if (length + key.length + value.length > maxMetadataLength) {
      leftOut.push(key);
      continue;
    }
    length += key.length + value.length;
    kept.push([key, value]);
  }
  return { metadata: Object.fromEntries(kept), leftOut: metadataWarnings(leftOut) };
}

/** One for all that were left out, as there may be thousands. */
function metadataWarnings([first, ...others]: readonly string[]): Warning[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const message = `The metadata "${first.slice(0, 100)}"${more} are too long to be shown; the file keeps them.`;
  return [{ code: 'metadata_left_out', message }];
}
