/** The refusals of AWS, by the names that its clients know. */

const statuses = {
  ValidationException: 400,
  ValidationError: 400,
  ThrottlingException: 400,
  ResourceInUse: 400,
  InvalidParameterValueException: 400,
  InvalidRequestContentException: 400,
  IncompleteSignatureException: 400,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  ConflictException: 409,
  RequestTooLargeException: 413,
  ModelError: 424,
  ModelNotReadyException: 429,
  TooManyRequestsException: 429,
  InternalFailure: 500,
  InternalServerException: 500,
  ServiceException: 500,
  ServiceUnavailable: 503,
} as const;

/** Name of a refusal; its status is that of a REST service. */
export type RefusalName = keyof typeof statuses;

/** A request that is refused; its message goes to the client. */
export class AwsRefusal extends Error {
  override readonly name: RefusalName;
  readonly status: number;
  /** What the client gets beside the message. */
  readonly members: object;

  constructor(name: RefusalName, message: string, members: object = {}) {
    super(message);
    this.name = name;
    this.status = statuses[name];
    this.members = members;
  }
}

/** A value that is not as the API wants it, in Amazon's words. */
export function invalidValue(member: string, constraint: string): AwsRefusal {
  return new AwsRefusal(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
