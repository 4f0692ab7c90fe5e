/** The environment every function starts with; the same names in the cloud and on one machine. */

/** Names of the variables a handler reads; AWS's own (`AWS_REGION`, `AWS_ENDPOINT_URL_S3`, ...) are left to its SDK. */
export const environmentNames = {
  dataBucket: 'ONRAMP_DATA_BUCKET',
  artifactBucket: 'ONRAMP_ARTIFACT_BUCKET',
  /** The model that is asked where a dialect names none; may be left out. */
  defaultModel: 'ONRAMP_MODEL',
  /** The models that answer behind SageMaker endpoints, see `parseEndpointModels`; may be left out. */
  endpoints: 'ONRAMP_ENDPOINTS',
  /** Image, role and instance type of SageMaker training jobs; without the image everything is trained in `train`. */
  trainingImage: 'ONRAMP_TRAINING_IMAGE',
  trainingRoleArn: 'ONRAMP_TRAINING_ROLE_ARN',
  trainingInstance: 'ONRAMP_TRAINING_INSTANCE',
  /** KMS key of what a training job writes; may be left out. */
  trainingKeyArn: 'ONRAMP_TRAINING_BUCKET_KEY_ARN',
  /** The function that decodes pictures, see `preparation.ts`; may be left out. */
  prepareFunction: 'ONRAMP_PREPARE_FUNCTION',
  /** What each API key may do; read by the authorizer only. */
  grants: 'ONRAMP_GRANTS',
  /** The resource server whose scopes in a JSON Web Token are this service's; `onramp` if it is left out. */
  resourceServer: 'ONRAMP_RESOURCE_SERVER',
  /** Group, role and target of the models' schedules; needed by control only. */
  scheduleGroup: 'ONRAMP_SCHEDULE_GROUP',
  scheduleRoleArn: 'ONRAMP_SCHEDULE_ROLE_ARN',
  evaluateQueueArn: 'ONRAMP_EVALUATE_QUEUE_ARN',
  /** Size and processor of predict, for what the cards say of cost; may be left out. */
  predictMemory: 'ONRAMP_PREDICT_MEMORY_MB',
  predictArchitecture: 'ONRAMP_PREDICT_ARCHITECTURE',
} as const;
