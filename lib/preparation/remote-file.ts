/** Has a file prepared by another function. */
import { tritonType } from '../contracts/endpoint-call.ts';
import type { FileRequest } from '../contracts/preparation.ts';
import { internal, isRecord } from '../core/index.ts';
import type { Invoke } from '../invoke/index.ts';
import { refusalOf } from './remote-decoder.ts';

/** What was written. */
export interface PreparedFile {
  /** What the container is to be told of it. */
  readonly contentType: string;
  readonly sizeBytes: number;
}

/**
 * Has the function `prepare` write the body that a container takes.
 *
 * @throws what `prepareFile` throws, and what `Invoke` throws
 */
export async function prepareRemotely(
  invoke: Invoke,
  request: Omit<FileRequest, 'kind'>,
): Promise<PreparedFile> {
  const answer = await invoke({ kind: 'file', ...request } satisfies FileRequest);
  if (!isRecord(answer)) throw internal('The function that prepares files gave an answer of another form.');
  if (answer.kind === 'refused') throw refusalOf(answer);
  const { content_type: contentType, json_bytes: jsonBytes, size_bytes: sizeBytes } = answer;
  return {
    contentType: typeof jsonBytes === 'number' ? tritonType(String(jsonBytes)) : String(contentType),
    sizeBytes: Number(sizeBytes),
  };
}
