/** Examples of answers by the id of their route, for those whose line in the route table has none: all of one model. */

const source = {
  key: 'datasets/heart/uploads/heart.csv',
  file: 'heart.csv',
  etag: '"f1e95f19254daceb0ae6615b97ca70ed"',
  size_bytes: 5400,
  sequencer: '000000020000000007',
  uploaded: '2026-11-22T05:32:53.000Z',
};

const digests = {
  data_digest: '8bac2c35d367b5973dfc23581419c4dd21b0bfcaf96d818331b621df3f5e5ba9',
  spec_digest: 'd31507ce81f9e5bf4c801ad462e041bd36b8b3cbf3c93e975a6d7a9bf33ba9e6',
};

const schema = {
  features: [
    {
      ...({ name: 'age', type: 'numeric', input: 'numeric', index: 0, missing: 0 } as const),
      range: [20, 79],
      typical: [20, 78.7],
    },
    { name: 'sex', type: 'category', input: 'text', index: 0, missing: 0.01, categories: ['F', 'M'] },
  ],
  ignored: ['disease'],
  classes: ['no', 'yes'],
  positive: 'yes',
};

const metrics = {
  accuracy: { value: 0.887, low: 0.857, high: 0.915, baseline: 0.553 },
  auc: { value: 0.96, low: 0.945, high: 0.976, baseline: 0.5 },
};

const heldOut = { rows: 70, metrics: { auc: { value: 0.957, low: 0.899, high: 0.998, baseline: 0.5 } } };

const candidates = [
  {
    learner: 'linear',
    metric: 'auc',
    score: 0.961,
    fold_scores: [0.957, 0.93, 0.989, 0.961, 0.964],
    fit_ms: 108,
  },
];

const importances = [
  { column: 'age', value: 2.88 },
  { column: 'sex', value: 1.16 },
];

const lineage = {
  ...{ dataset: 'heart', ...digests, spec: { dataset: 'heart', target: 'disease' }, source, rows: 400 },
  ...{ split: 'stratified', seed: 7, code: 'fb9a95e035aa5bf7' },
};

const status = [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }];

const card = {
  ...{ id: 'heart', object: 'model', created: 1795325576, owned_by: 'onramp', name: 'heart' },
  ...{ dataset: 'heart', target: 'disease', task: 'classification', live: '1', versions: ['1'] },
  model_version_status: status,
  ...{ schema, learner: 'linear', metric: 'auc', metrics, held_out: heldOut, importances, candidates },
  ...{
    warnings: [],
    schedule: 'rate(1 day)',
    lineage: { version: '1', run: '9f93f38c4f8d89c1', ...lineage },
  },
};

const version = {
  ...{ model: 'heart', version: '1', run: '9f93f38c4f8d89c1', created: '2026-11-22T05:32:56.843Z' },
  ...{ task: 'classification', target: 'disease', learner: 'linear' },
  artifact: { sha256: '2587d9e0378f24d7e95f9fd3fbb8437bd6ccbb5e3d9d8489b053c4db36ce53d2', size_bytes: 2648 },
  ...{ schema, metric: 'auc', metrics, candidates, held_out: heldOut, importances, warnings: [], lineage },
};

const run = {
  ...{
    run: '9f93f38c4f8d89c1',
    model: 'heart',
    dataset: 'heart',
    ...digests,
    state: 'succeeded',
    progress: 1,
  },
  message: 'Version 1 is live. It beats the trivial baseline; no version was live before.',
  created: '2026-11-22T05:32:54.007Z',
  started: '2026-11-22T05:32:54.461Z',
  ended: '2026-11-22T05:32:58.211Z',
  ...{ source, candidates, version: '1', error: null },
};

const evaluation = {
  ...{ id: '2026-11-22T05:32:56.843Z-v1', model: 'heart', version: '1', reason: 'training' },
  ...{ created: '2026-11-22T05:32:58.162Z', dataset: 'heart', data_digest: digests.data_digest, rows: 70 },
  ...{ metric: 'auc', metrics: heldOut.metrics },
  decision: {
    ...{ verdict: 'live', reason: 'It beats the trivial baseline; no version was live before.' },
    ...{ compared_with: null, difference: null, low: null, high: null },
  },
};

const aliases = {
  ...{ live: '2', previous: ['1'], changed: '2026-11-23T08:00:00.000Z', reason: 'promoted by request' },
};

const dataset = {
  ...{ dataset: 'heart', digest: digests.data_digest, state: 'ready', rows: 400 },
  columns: [
    { name: 'age', type: 'numeric' },
    { name: 'sex', type: 'category' },
    { name: 'disease', type: 'boolean' },
  ],
  ...{ source, created: '2026-11-22T05:32:54.268Z', error: null },
};

const profile = {
  ...{ rows: 400, duplicate_rows: 0, missing: [], target: 'disease', warnings: [] },
  columns: [
    {
      ...{ name: 'sex', type: 'category', inferred_type: 'category', missing: 4, distinct: 2 },
      categories: [
        { value: 'F', count: 200 },
        { value: 'M', count: 196 },
      ],
    },
  ],
};

const upload = (key: string) => ({
  url: `https://data.s3.eu-central-1.amazonaws.com/${key}?X-Amz-Signature=f45cb1a7`,
  ...{ method: 'PUT', headers: {} },
});

const job = {
  ...{ id: '0192f7c4-5d0a-7c31-9a57-1d6b8f0e2a44', object: 'job', model: 'heart', version: '1' },
  ...{
    status: 'succeeded',
    progress: 1,
    message: 'Done.',
    rows: 1000,
    rows_done: 1000,
    rows_failed: 0,
    warnings: 3,
  },
  input: { kind: 'table', file: 'patients.csv', size_bytes: 12345 },
  output: { format: 'csv', keep: [] },
  options: { strict: false, non_finite: 'error', on_error: 'skip' },
  created: '2026-11-22T06:00:00.000Z',
  started: '2026-11-22T06:00:01.000Z',
  ended: '2026-11-22T06:00:03.000Z',
  expires: '2026-11-29T06:00:00.000Z',
  result: { url: 'https://artifacts.s3.eu-central-1.amazonaws.com/jobs/1', size_bytes: 23456, rows: 1000 },
  ...{ errors: null, error: null },
};

const tensors = {
  inputs: [{ name: 'image', type: 'float32', shape: ['batch', 3, 224, 224] }],
  outputs: [{ name: 'scores', type: 'float32', shape: ['batch', 1000] }],
};

const imported = {
  ...{ model: 'detector', version: '1', created: '2026-11-22T05:32:56.843Z', origin: 'import' },
  artifact: {
    sha256: '2587d9e0378f24d7e95f9fd3fbb8437bd6ccbb5e3d9d8489b053c4db36ce53d2',
    size_bytes: 4812345,
  },
  ...{ signature: tensors, producer: 'pytorch 2.9', opsets: { 'ai.onnx': 18 }, metadata: {} },
  probe: { value: 0, shapes: [[1, 3, 224, 224]], batch: true },
  warnings: [],
};

const list = (...data: readonly object[]) => ({ object: 'list', data, has_more: false });

const oipMetadata = {
  ...{ name: 'heart', versions: ['1'], platform: 'onnx_onnxv1' },
  inputs: [
    { name: 'age', datatype: 'FP32', shape: [-1, 1] },
    { name: 'sex', datatype: 'BYTES', shape: [-1, 1] },
  ],
  outputs: [
    { name: 'label', datatype: 'BYTES', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
  ],
};

const tensorflowPrediction = { predictions: [{ label: 'no', probabilities: { no: 0.82, yes: 0.18 } }] };

const tensorInfo = (dtype: string, name: string) => ({
  dtype,
  tensor_shape: { dim: [{ size: '-1', name: '' }], unknown_rank: false },
  name,
});

const tensorflowMetadata = {
  model_spec: { name: 'heart', signature_name: '', version: '1' },
  metadata: {
    signature_def: {
      signature_def: {
        serving_default: {
          inputs: { age: tensorInfo('DT_FLOAT', 'age') },
          outputs: { label: tensorInfo('DT_STRING', 'label') },
          method_name: 'tensorflow/serving/predict',
        },
      },
    },
  },
};

/** Answers by the id of the route. */
export const exampleAnswers: Readonly<Record<string, unknown>> = {
  forecast: {
    id: '0c1f3c52-6a39-4c3e-9a52-2f5b8f6f0f1e-0',
    model: 'sales',
    version: '3',
    series: 'shop-1',
    frequency: '1d',
    horizon: ['2026-11-23T00:00:00', '2026-11-24T00:00:00'],
    values: [13.5, 14.25],
    quantiles: { '0.1': [11, 11.5], '0.9': [16, 17.25] },
    warnings: [],
  },
  'time-series-forecast': {
    id: '0c1f3c52-6a39-4c3e-9a52-2f5b8f6f0f1e',
    created_at: 1_795_341_600,
    status: 'completed',
    error: null,
    model: 'sales',
    outputs: [
      {
        type: 'time_series_forecast',
        id: '0c1f3c52-6a39-4c3e-9a52-2f5b8f6f0f1e-0',
        status: 'completed',
        content: [
          {
            type: 'univariate_time_series',
            name: 'shop-1',
            mean_forecast: [13.5, 14.25],
            frequency: 'D',
            start_timestamp: '2026-11-23T00:00:00',
            quantiles: { '0.1': [11, 11.5], '0.9': [16, 17.25] },
          },
        ],
        error: null,
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  },
  'time-series-models': ['sales'],
  predict: {
    ...{ model: 'heart', version: '1' },
    predictions: [
      {
        id: 'c574a51e-4c52-4260-9586-92d66ed5c3a4-0',
        ...{ label: 'no', probabilities: { no: 0.82, yes: 0.18 } },
      },
    ],
    warnings: [
      { row: 0, field: 'age', code: 'out_of_range', message: '99 is outside the training range 20 to 79.' },
    ],
  },
  explain: {
    ...{ model: 'heart', version: '1', method: 'linear', units: 'log_odds' },
    explanations: [
      {
        ...{ id: 'c574a51e-4c52-4260-9586-92d66ed5c3a4-0', row: 0, class: 'yes', base_value: -0.2 },
        ...{ prediction: -1.5, values: { age: 0.9, sex: -2.2 } },
        summary: 'sex = F lowers the answer most.',
      },
    ],
    warnings: [],
  },
  transform: {
    ...{ model: 'heart', version: '1', features: ['age', 'sex=F', 'sex=M'], columns: ['age', 'sex', 'sex'] },
    ...{ rows: [[0.76, 1, 0]], warnings: [] },
  },
  'put-model': card,
  'get-model': card,
  'delete-model': { id: 'heart', object: 'model', deleted: true },
  'list-models': list(card),
  'list-versions': list(version),
  'get-version': { ...version, model_version_status: status },
  'list-runs': list(run),
  'get-run': run,
  'cancel-run': {
    ...run,
    ...{ state: 'cancelled', progress: 0.4, message: 'Cancelled on request.', version: null },
  },
  'list-evaluations': list(evaluation),
  'evaluate-model': { id: '5f6c1d0e-7f64-4c55-9d0b-2f0a4d2f7a11', object: 'evaluation_request' },
  promote: aliases,
  rollback: { ...aliases, live: '1', previous: [], reason: 'rolled back by request' },
  retrain: { id: '5f6c1d0e-7f64-4c55-9d0b-2f0a4d2f7a11', object: 'retrain_request' },
  'create-upload': { ...upload(source.key), key: source.key },
  'get-dataset': { ...dataset, profile },
  'list-datasets': list(dataset),
  health: { status: 'ok' },
  'import-version': imported,
  'create-import-upload': {
    ...upload('imports/detector/0b9a1c7e'),
    upload: '0b9a1c7e-5d52-4f2e-9a51-6f3f0c1d2e3f',
  },
  'create-job': {
    ...job,
    status: 'queued',
    progress: 0,
    rows: null,
    rows_done: 0,
    warnings: 0,
    result: null,
  },
  'create-job-upload': {
    ...upload('job-uploads/heart/0f8c/patients.csv'),
    key: 'job-uploads/heart/0f8c/patients.csv',
  },
  'list-jobs': list(job),
  'get-job': job,
  'cancel-job': { ...job, status: 'cancelled', message: 'Cancelled.', result: null },
  'delete-job': { id: job.id, object: 'job', deleted: true },
  'oip-server': { name: 'onramp', version: '0.1.0', extensions: ['binary_tensor_data'] },
  'oip-live': { live: true },
  'oip-server-ready': { ready: true },
  'oip-models': { models: ['heart'] },
  'oip-index': [{ name: 'heart', version: '1', state: 'READY', reason: '' }],
  'oip-metadata': oipMetadata,
  'oip-metadata-version': oipMetadata,
  'oip-ready': { name: 'heart', ready: true },
  'oip-ready-version': { name: 'heart', ready: true },
  'tensorflow-predict': tensorflowPrediction,
  'tensorflow-predict-version': tensorflowPrediction,
  'tensorflow-predict-label': tensorflowPrediction,
  'tensorflow-metadata': tensorflowMetadata,
  'tensorflow-metadata-version': tensorflowMetadata,
  'tensorflow-metadata-label': tensorflowMetadata,
  'tensorflow-status-label': { model_version_status: status },
  'mlflow-invocations': { predictions: [{ no: 0.82, yes: 0.18 }] },
  'mlflow-version': '0.1.0',
};
