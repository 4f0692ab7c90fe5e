/** What a container says of a request that it refuses, in whichever of the usual shapes. */
import { isRecord } from '../core/index.ts';

/** The words of a refusal. */
export interface ContainerWords {
  readonly message: string;
  /** The field of the request that it speaks of. */
  readonly param?: string;
  /** Machine-readable reason, for example OpenAI's `context_length_exceeded`. */
  readonly code?: string;
}

const longestMessage = 1_000;
/** In the log, since words of a container may quote what it was asked. */
const longestLogged = 300;
const codeForm = /^[a-z][a-z0-9_.-]{0,63}$/i;

/**
 * Reads the body of a refusal: OpenAI's `{"error": {message, param, code}}` (vLLM, LMI, Onramp), the same without
 * `error` around it (DJL, older vLLM), `{"error": "..."}` (Open Inference Protocol, Hugging Face), `{"detail": ...}`
 * (FastAPI), or a text.
 */
export function readContainerWords(body: string): ContainerWords {
  const given = parsed(body);
  const error = isRecord(given) && isRecord(given.error) ? given.error : given;
  if (!isRecord(error)) return { message: shortened(typeof error === 'string' ? error : body) };
  const text = [error.message, error.error, error.detail].find((words) => typeof words === 'string');
  const [detail] = Array.isArray(error.detail) ? error.detail : [];
  if (text === undefined && isRecord(detail)) return detailOf(detail, body);
  return {
    message: shortened(text ?? body),
    ...(typeof error.param === 'string' && error.param !== '' && { param: shortened(error.param) }),
    ...(typeof error.code === 'string' && codeForm.test(error.code) && { code: error.code }),
  };
}

/** The first of FastAPI's complaints: `{"loc": ["body", "messages"], "msg": "Field required"}`. */
function detailOf(detail: Readonly<Record<string, unknown>>, body: string): ContainerWords {
  const path = Array.isArray(detail.loc) ? detail.loc.filter((part) => part !== 'body').join('.') : '';
  return {
    message: shortened(typeof detail.msg === 'string' ? detail.msg : body),
    ...(path !== '' && { param: shortened(path) }),
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Words for the log and not for the caller, such as why a container failed. */
export const loggedWords = (text: string): string => shortened(text, longestLogged);

function shortened(text: string, longest = longestMessage): string {
  const words = text.trim();
  return words.length <= longest ? words : `${words.slice(0, longest)}…`;
}
