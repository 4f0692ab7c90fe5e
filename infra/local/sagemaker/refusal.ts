/** The refusals of SageMaker, by the names that its clients know. */
export class SageMakerRefusal extends Error {
  override readonly name: 'ValidationException' | 'ResourceInUse' | 'UnknownOperationException';

  constructor(name: SageMakerRefusal['name'], message: string) {
    super(message);
    this.name = name;
  }
}
