/** The refusals of EventBridge Scheduler, by the names that its clients know. */

const statuses = {
  ValidationException: 400,
  IncompleteSignatureException: 400,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  ConflictException: 409,
  InternalServerException: 500,
} as const;

/** A request that is refused; its message goes to the client. */
export class SchedulerRefusal extends Error {
  override readonly name: keyof typeof statuses;
  readonly status: number;

  constructor(name: keyof typeof statuses, message: string) {
    super(message);
    this.name = name;
    this.status = statuses[name];
  }
}

/** A value that is not as the API wants it, in Amazon's words. */
export function invalidValue(member: string, constraint: string): SchedulerRefusal {
  return new SchedulerRefusal(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
