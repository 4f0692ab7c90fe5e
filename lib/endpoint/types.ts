/** What Onramp asks of SageMaker endpoints, and what they give; free of the SDK, for whoever only passes it on. */

/** One request to a model behind an endpoint, whichever way it is asked. */
export interface EndpointCall {
  /** Name of the SageMaker endpoint. */
  readonly endpoint: string;
  readonly contentType: string;
  /** Content type of the answer that is wanted. */
  readonly accept?: string;
  /** At most 1024 visible ASCII characters, which the container gets as they are. */
  readonly customAttributes?: string;
  readonly targetVariant?: string;
  /** Which of several models a multi-model endpoint is to use; not of streams. */
  readonly targetModel?: string;
  readonly inferenceComponent?: string;
  /** `NEW_SESSION`, or the id that an earlier answer gave. */
  readonly sessionId?: string;
  /** Under this id the call is found in captured data; 1 to 64 characters. */
  readonly inferenceId?: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** Time for the whole call with all its attempts; of a stream, until its first part. */
  readonly timeoutMs?: number;
  /**
   * Asking again does no harm: the model keeps no state, and its work is cheap. Then an attempt is repeated even if the
   * container may have done its work, which a text of a thousand tokens is too dear for. Default: no.
   */
  readonly repeatable?: boolean;
}

/** A call whose body travels with it. */
export interface EndpointBodyCall extends EndpointCall {
  readonly body: string | Uint8Array;
}

/** What comes with every answer. */
export interface EndpointAnswerHead {
  readonly contentType: string;
  readonly variant?: string;
  readonly customAttributes?: string;
  readonly newSessionId?: string;
  readonly closedSessionId?: string;
  /** How often it was tried; only the last attempt was answered. */
  readonly attempts: number;
}

/** An answer as a whole. */
export interface EndpointAnswer extends EndpointAnswerHead {
  readonly body: Uint8Array;
}

/** An answer piece by piece. */
export interface EndpointStream extends EndpointAnswerHead {
  /**
   * Slices of bytes as they come, cut anywhere; the first is there already. To be read once. Leaving the loop, or
   * `return()` of its iterator even while a part is awaited, ends the call and its connection; whoever does not read
   * must do so too.
   *
   * @throws upstream `endpoint_stream_broken` in the middle, silence and the end of its time among them; or the reason
   *   of `signal`
   */
  readonly parts: AsyncIterable<Uint8Array>;
}

/** A call whose input lies in S3, to an endpoint with a queue. */
export interface EndpointAsyncCall
  extends Omit<EndpointCall, 'targetVariant' | 'targetModel' | 'inferenceComponent' | 'sessionId'> {
  /** `s3://bucket/key`. */
  readonly inputUri: string;
  /** How long it may wait in the queue, and how long it may take; SageMaker's own limits are 6 h and 1 h. */
  readonly queueSeconds?: number;
  readonly invocationSeconds?: number;
}

/** Where the answer of a queued call will be. */
export interface EndpointTicket {
  readonly inferenceId: string;
  /** `s3://bucket/key` of the answer, and of the text that tells of a failure. */
  readonly outputUri: string;
  readonly failureUri: string | null;
}

/**
 * Endpoints, asked with retries, time limits and a circuit breaker for each.
 *
 * All methods throw, with `code`:
 * - invalid_request `endpoint_refused_input`: the container answered 4xx; its words are in the message, and its own
 *   `param` and `code`, if it named them, take the places of ours
 * - invalid_request `endpoint_call_invalid`: an attribute of the call is none that SageMaker takes; `param` names it
 * - too_large `endpoint_body_too_large`: the body is longer than SageMaker takes
 * - upstream `endpoint_failed`: the container answered 5xx, or what is no answer, or there was no way to it
 * - upstream `endpoint_timed_out`
 * - not_ready `endpoint_not_ready`: it is starting, or has no instance
 * - not_ready `endpoint_paused`: the breaker is open after a row of failures
 * - rate_limited `endpoint_busy`: it, or SageMaker, asks for fewer requests
 * - internal `endpoint_unknown`: there is no endpoint, variant or component of this name, or we may not ask it
 * - the reason of `signal`, when that is aborted
 *
 * Those of the kinds not_ready and rate_limited carry `retryAfterSeconds`.
 */
export interface Endpoints {
  /** The whole answer, as the container gave it. */
  invoke(call: EndpointBodyCall): Promise<EndpointAnswer>;
  /** Settles when the first part is there, so that until then a failure is thrown, and repeated where that is safe. */
  stream(call: EndpointBodyCall): Promise<EndpointStream>;
  /** Puts a call into the endpoint's queue; its answer will be an object in S3. */
  enqueue(call: EndpointAsyncCall): Promise<EndpointTicket>;
}
