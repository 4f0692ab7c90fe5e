/** The requests and answers of the API; `npm run generate` writes this from the route table. */
// biome-ignore-all format: written by a program
export interface Aliases {
  live: string | null;
  /** What was live before, newest first; rollback takes the first. */
  previous: string[];
  changed: string;
  reason: string;
}

export interface AnomalySchema {
  /** Scores from this on are anomalies. */
  threshold: number;
  /** Below which score lie 1, 5, 25, 50, 75, 95 and 99 % of the held-out rows. */
  scores: Record<string, number>;
  /** The column that the scores were measured by, and its value that means an anomaly. */
  labels?: {
    column: string;
    positive: string;
  } | undefined;
}

export interface Candidate {
  learner: LearnerName;
  metric: MetricName;
  /** Mean over the folds that choose the learner. */
  score: number;
  fold_scores: number[];
  fit_ms: number;
}

export interface ChatCompletion {
  id: string;
  created: number;
  model: string;
  usage?: TokenUsage | undefined;
  object: 'chat.completion';
  choices: Array<{
    index: number;
    message: {
      role: 'assistant';
      content: string | null;
      tool_calls?: Array<{
        id: string;
        type: string;
        function?: {
          name: string;
          arguments: string;
          [field: string]: unknown;
        } | undefined;
        [field: string]: unknown;
      }> | undefined;
      [field: string]: unknown;
    };
    /** `stop`, `length`, `tool_calls` or `content_filter`. */
    finish_reason: string | null;
    [field: string]: unknown;
  }>;
  [field: string]: unknown;
}

export interface ChatRequest {
  model: string;
  stream?: boolean | null | undefined;
  stream_options?: {
    include_usage?: boolean | null | undefined;
    [field: string]: unknown;
  } | null | undefined;
  n?: number | null | undefined;
  stop?: string | string[] | null | undefined;
  seed?: number | null | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  presence_penalty?: number | null | undefined;
  frequency_penalty?: number | null | undefined;
  logit_bias?: Record<string, number> | null | undefined;
  messages: Array<{
    role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function';
    content?: string | Array<{
      type: string;
      text?: string | undefined;
      image_url?: {
        url: string;
        [field: string]: unknown;
      } | undefined;
      [field: string]: unknown;
    }> | null | undefined;
    tool_calls?: Array<{
      id: string;
      type: string;
      function?: {
        name: string;
        arguments: string;
        [field: string]: unknown;
      } | undefined;
      [field: string]: unknown;
    }> | null | undefined;
    tool_call_id?: string | undefined;
    [field: string]: unknown;
  }>;
  max_tokens?: number | null | undefined;
  max_completion_tokens?: number | null | undefined;
  tools?: Array<{
    type: string;
    function?: {
      name: string;
      parameters?: Record<string, unknown> | null | undefined;
      [field: string]: unknown;
    } | undefined;
    [field: string]: unknown;
  }> | null | undefined;
  tool_choice?: 'none' | 'auto' | 'required' | {
    type: string;
    [field: string]: unknown;
  } | null | undefined;
  parallel_tool_calls?: boolean | null | undefined;
  /** A text, JSON, or JSON of a schema. */
  response_format?: {
    type: string;
    json_schema?: {
      schema: Record<string, unknown>;
      [field: string]: unknown;
    } | undefined;
    [field: string]: unknown;
  } | null | undefined;
  logprobs?: boolean | null | undefined;
  top_logprobs?: number | null | undefined;
  [field: string]: unknown;
}

export interface ClusterSchema {
  /** How many; a row is of the group whose number, from 0, is that of its smallest distance. */
  count: number;
  /** Training rows in each. */
  sizes: number[];
  /** Mean silhouettes of the numbers of groups that were tried; absent if the spec says how many. */
  tried?: Array<{
    clusters: number;
    silhouette: number;
  }> | undefined;
}

export interface ColumnProfile {
  name: string;
  type: ColumnTypeName;
  /** What the values look like; differs from `type` where the user imposed one. */
  inferred_type: ColumnTypeName;
  missing: number;
  distinct: number;
  numeric?: {
    min: number;
    max: number;
    mean: number;
    /** Sample standard deviation (n - 1); `null` for a single value. */
    std: number | null;
    /** Keys are shares: `"0"`, `"0.01"`, ..., `"1"`; linear interpolation. */
    quantiles: Record<string, number>;
    /** Counts in 20 bins of equal width from min to max. */
    histogram: number[];
  } | undefined;
  /** Most frequent first; never kept for text and identifiers, which may be personal. */
  categories?: Array<{
    value: string;
    count: number;
  }> | undefined;
  /** Lengths in characters. */
  text?: {
    min_length: number;
    max_length: number;
    mean_length: number;
  } | undefined;
  /** Smallest and largest as `YYYY-MM-DDTHH:MM:SS`; the form of the date in strptime letters. */
  datetime?: {
    min: string;
    max: string;
    format: string;
  } | undefined;
  image?: PictureFacts | undefined;
}

export type ColumnTypeName = 'numeric' | 'boolean' | 'category' | 'datetime' | 'text' | 'image' | 'identifier' | 'constant';

export interface CompletionRequest {
  model: string;
  stream?: boolean | null | undefined;
  stream_options?: {
    include_usage?: boolean | null | undefined;
    [field: string]: unknown;
  } | null | undefined;
  n?: number | null | undefined;
  stop?: string | string[] | null | undefined;
  seed?: number | null | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  presence_penalty?: number | null | undefined;
  frequency_penalty?: number | null | undefined;
  logit_bias?: Record<string, number> | null | undefined;
  /** One text or several, or their tokens. */
  prompt: string | string[] | number[] | Array<number[]>;
  suffix?: string | null | undefined;
  max_tokens?: number | null | undefined;
  best_of?: number | null | undefined;
  echo?: boolean | null | undefined;
  logprobs?: number | null | undefined;
  [field: string]: unknown;
}

export interface DatasetManifest {
  dataset: string;
  digest: string;
  state: 'ready' | 'failed';
  rows: number | null;
  columns: Array<{
    name: string;
    type: ColumnTypeName;
  }>;
  source: UploadSource;
  created: string;
  error: Failure | null;
}

export interface DatasetProfile {
  rows: number;
  /** Rows that repeat an earlier row in every column. */
  duplicate_rows: number;
  /** Texts the user declared to mean "missing" in every column. */
  missing: string[];
  /** The column the warnings on leakage and imbalance are about. */
  target: string | null;
  columns: ColumnProfile[];
  warnings: ProfileWarning[];
}

export interface EmbeddingSettings {
  pooling: Pooling;
  /** Vectors have the length 1. */
  normalize: boolean;
  dimensions: number;
  /** Name of the output that holds one vector for each text. */
  output: string;
  /** So many tokens a text may have, special ones and those of the prompt among them. */
  max_tokens: number;
  /** Longer texts are cut, not refused. */
  truncate: boolean;
  /** Texts that can be put before every text of a request, by name. */
  prompts: Record<string, string>;
  /** The one that is put there when none is asked for. */
  default_prompt: string | null;
  /** One text at a time: the model scales all texts that it is given together, so that they would change each other. */
  one_by_one: boolean;
}

export interface EndpointJobRequest {
  input: {
    s3: string;
  } | {
    key: string;
  };
  /** What the input is, and what the answer is to be. */
  content_type: string;
  accept?: string | undefined;
  /** What the container is told beside it. */
  custom_attributes?: string | undefined;
}

export interface EvaluationReport {
  id: string;
  model: string;
  version: string;
  reason: 'training' | 'schedule' | 'request';
  created: string;
  dataset: string;
  data_digest: string;
  rows: number;
  metric: MetricName;
  metrics: MetricTable;
  /** After a training: what was decided and why. */
  decision: {
    verdict: 'live' | 'kept';
    reason: string;
    compared_with: string | null;
    difference: number | null;
    low: number | null;
    high: number | null;
  } | null;
}

export interface Failure {
  code: string;
  message: string;
  param: string | null;
}

export interface FeatureSchema {
  name: string;
  type: 'numeric' | 'boolean' | 'category' | 'datetime' | 'text' | 'image';
  /** The tensor it travels in and its place there. */
  input: 'numeric' | 'text' | 'image';
  index: number;
  /** Share of training rows in which it was missing. */
  missing: number;
  /** Smallest and largest training value; date-times as ISO text. */
  range?: [number, number] | [string, string] | undefined;
  /** Typical span for telling a wrong unit: 1st and 99th percentile of the training values. */
  typical?: [number, number] | undefined;
  categories?: string[] | undefined;
  /** Date-time: the text form seen in the data, in strptime letters. */
  format?: string | undefined;
  /** Pictures: what every one of them is brought to. Each such column is a tensor of its own. */
  image?: PictureLayout | undefined;
}

export interface GateSpec {
  metric?: MetricName | undefined;
  /** `automatic`: live when it beats the baseline and does not lose to the live version; `manual`: by promote only. */
  promote?: 'automatic' | 'manual' | undefined;
  /** How much worse than the live version (in units of the metric) is still accepted beyond chance. */
  tolerance?: number | undefined;
}

export interface ImportRequest {
  upload: string;
}

export interface ImportTicket {
  url: string;
  method: 'PUT';
  headers: Record<string, string>;
  upload: string;
}

export interface ImportUploadRequest {
  bytes: number;
}

export interface ImportedManifest {
  model: string;
  version: string;
  created: string;
  origin: 'import';
  artifact: {
    sha256: string;
    size_bytes: number;
  };
  signature: {
    inputs: TensorSchema[];
    outputs: TensorSchema[];
  };
  /** What the file says of itself. */
  producer: string;
  opsets: Record<string, number>;
  metadata: Record<string, string>;
  /** Only of a model that turns texts into vectors. */
  embedding?: EmbeddingSettings | undefined;
  /** What the model was tried on: every input filled with `value` (texts are empty); absent if it took none of the trials. */
  probe?: {
    value: number;
    /** Sizes by input, in the order of the signature. */
    shapes: Array<number[]>;
    /** True if twice the batch worked too; null if no first size is variable or it was not tried. */
    batch: boolean | null;
  } | undefined;
  /** How long the trial takes that the model accepted; absent if there was none. */
  serving?: ServingMeasure | undefined;
  warnings: Array<{
    code: string;
    column: string | null;
    message: string;
  }>;
}

export type JobFormat = 'csv' | 'jsonl' | 'parquet';

export interface JobOptions {
  /** Data unlike those of the training are an error of the row. */
  strict: boolean;
  /** What is written for an answer that is no finite number. */
  non_finite: 'error' | 'null' | 'string';
  /** A row that cannot be read is left empty and told in the error file, or ends the job. */
  on_error: 'skip' | 'stop';
}

export interface JobRequest {
  input: {
    s3: string;
  } | {
    key: string;
  };
  output?: {
    format?: JobFormat | undefined;
    /** Columns of the input that are copied into the result. */
    keep?: string[] | undefined;
  } | undefined;
  /** Default: the version that is live when the job is made. */
  version?: string | undefined;
  strict?: boolean | undefined;
  non_finite?: 'error' | 'null' | 'string' | undefined;
  on_error?: 'skip' | 'stop' | undefined;
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface JobView {
  id: string;
  model: string;
  /** 0 to 1. */
  progress: number;
  message: string;
  /** Rows of the input; `null` until it is read. */
  rows: number | null;
  rows_done: number;
  /** Rows without a prediction, as the error file tells. */
  rows_failed: number;
  warnings: number;
  input: {
    kind: 'table' | 'body' | 'file';
    file: string;
    size_bytes: number;
  };
  created: string;
  started: string | null;
  ended: string | null;
  /** Kept at least until then. */
  expires: string;
  error: Failure | null;
  object: 'job';
  status: JobState;
  /** What there is for rows and not for an endpoint is `null`. */
  version: string | null;
  output: {
    format: JobFormat;
    keep: string[];
  } | null;
  options: JobOptions | null;
  /** Addresses of the result and of the error file; the latter only if a row failed. */
  result: {
    size_bytes: number;
    rows: number | null;
    content_type?: string | undefined;
    url: string;
  } | null;
  errors: {
    size_bytes: number;
    rows: number | null;
    content_type?: string | undefined;
    url: string;
  } | null;
}

export type LearnerName = 'linear' | 'ridge' | 'lasso' | 'elastic_net' | 'tree' | 'forest' | 'extra_trees' | 'boosting' | 'svm' | 'kernel_svm' | 'nearest_neighbours' | 'naive_bayes' | 'network' | 'convolution' | 'text_network' | 'average' | 'stacking' | 'seasonal_naive' | 'exponential_smoothing' | 'autoregression' | 'recurrent' | 'attention' | 'k_means' | 'isolation_forest';

export interface MetricEstimate {
  value: number;
  low: number;
  high: number;
  baseline: number | null;
}

export type MetricName = 'accuracy' | 'balanced_accuracy' | 'precision' | 'recall' | 'f1' | 'f1_macro' | 'f1_weighted' | 'auc' | 'average_precision' | 'log_loss' | 'brier' | 'mse' | 'rmse' | 'mae' | 'mape' | 'r2' | 'smape' | 'mase' | 'pinball' | 'coverage' | 'silhouette' | 'inertia' | 'explained' | 'anomaly_share';

export type MetricTable = Partial<Record<MetricName, MetricEstimate>>;

export interface ModelCard {
  id: string;
  object: 'model';
  /** Seconds since 1970, as OpenAI's clients expect. */
  created: number;
  owned_by: string;
  name: string;
  /** `null` for a model that was brought along, as are target, task, schema and metric. */
  dataset: string | null;
  target: string | null;
  task: 'classification' | 'regression' | 'forecast' | 'clustering' | 'anomaly' | null;
  live: string | null;
  versions: string[];
  /** The status answer of TensorFlow Serving, which asks at the same address. */
  model_version_status: VersionStatusSchema[];
  schema: ModelSchema | null;
  learner: string | null;
  metric: string | null;
  metrics: MetricTable;
  held_out: {
    rows: number;
    metrics: MetricTable;
  } | null;
  /** Mean |SHAP| of each raw column over held-out rows; absent if the version has none. */
  importances?: Array<{
    column: string;
    value: number;
  }> | undefined;
  /** What a call costs on Lambda; absent if the version's predictions were not timed. */
  cost?: ModelCost | undefined;
  /** Only of a model that answers behind an endpoint: how that is run, what it understands, and an instance's price. */
  endpoint?: {
    kind: 'real-time' | 'serverless' | 'async';
    speaks: 'openai' | 'huggingface' | 'onramp' | 'raw';
    usd_per_hour?: number | undefined;
  } | undefined;
  candidates: unknown[];
  warnings: unknown[];
  schedule: string | null;
  lineage: unknown;
  signature?: {
    inputs: TensorSchema[];
    outputs: TensorSchema[];
  } | undefined;
  producer?: string | undefined;
  opsets?: Record<string, number> | undefined;
  /** Only of a model that turns texts into vectors. */
  embedding?: EmbeddingSettings | undefined;
}

export interface ModelCost {
  currency: 'USD';
  per_call: number;
  per_million: number;
  breakdown: {
    api_gateway: number;
    lambda_requests: number;
    lambda_duration: number;
  };
  assumptions: {
    region: string;
    architecture: 'arm64' | 'x64';
    memory_mb: number;
    rows: number;
    billed_ms: number;
    /** Date of the price table. */
    prices_as_of: string;
  };
}

export interface ModelSchema {
  features: FeatureSchema[];
  /** Other columns of the data: a request may carry them, the model does not look at them. */
  ignored: string[];
  /** Texts that mean "missing" in every column, as the spec says; a request may send them too. */
  missing?: string[] | undefined;
  /** Class labels in the order of the probabilities; absent for regression. */
  classes?: string[] | undefined;
  positive?: string | undefined;
  /** Binary models: the positive class is answered from this probability on. */
  threshold?: number | undefined;
  /** Only of a model that forecasts; it has no features, as it takes windows of series. */
  series?: SeriesSchema | undefined;
  /** Only of a model that tells groups. */
  clusters?: ClusterSchema | undefined;
  /** Only of a model that tells anomalies. */
  anomaly?: AnomalySchema | undefined;
}

export interface ModelSpec {
  dataset: ResourceName;
  target?: string | undefined;
  task?: 'classification' | 'regression' | 'forecast' | 'clustering' | 'anomaly' | undefined;
  labels?: string | undefined;
  series?: SeriesSpec | undefined;
  relabel?: Record<string, string> | undefined;
  features?: {
    include?: string[] | undefined;
    exclude?: string[] | undefined;
    types?: Record<string, ColumnTypeName> | undefined;
  } | undefined;
  learner?: 'auto' | 'linear' | 'ridge' | 'lasso' | 'elastic_net' | 'tree' | 'forest' | 'extra_trees' | 'boosting' | 'svm' | 'kernel_svm' | 'nearest_neighbours' | 'naive_bayes' | 'network' | 'convolution' | 'text_network' | 'average' | 'stacking' | 'seasonal_naive' | 'exponential_smoothing' | 'autoregression' | 'recurrent' | 'attention' | 'k_means' | 'isolation_forest' | undefined;
  parameters?: Record<string, unknown> | undefined;
  metric?: MetricName | undefined;
  positive?: string | undefined;
  imbalance?: 'auto' | 'none' | 'balanced' | undefined;
  preprocess?: PreprocessSpec | undefined;
  split?: SplitSpec | undefined;
  missing?: string[] | undefined;
  seed?: number | undefined;
  train_on?: 'auto' | 'function' | 'job' | undefined;
  schedule?: string | undefined;
  gate?: GateSpec | undefined;
}

export interface PictureFacts {
  layout: PictureLayout;
  /** Different sizes there were. */
  distinct_sizes: number;
  /** The most frequent ones first, ten at most. */
  sizes: Array<{
    width: number;
    height: number;
    count: number;
  }>;
  /** Those without colours. */
  grey: number;
}

export interface PictureLayout {
  width: number;
  height: number;
  channels: 1 | 3;
  fit: 'cover' | 'contain' | 'fill';
}

export interface PictureWish {
  width: number;
  height: number;
  /** 1 for grey, 3 for red, green and blue. */
  channels?: 1 | 3 | undefined;
  /** `cover` (default) cuts off what is too long, `contain` fills up with black, `fill` distorts. */
  fit?: 'cover' | 'contain' | 'fill' | undefined;
}

export interface Placement {
  on: TrainingPlace;
  /** In the words the user reads. */
  reason: string;
  /** What the training is expected to need, as an estimate from the size of the data. */
  estimate: {
    seconds: number;
    memory_bytes: number;
  };
  /** Name of the SageMaker training job; only of a run that is trained in one. */
  job?: string | undefined;
}

export type Pooling = 'mean' | 'cls' | 'last' | 'none';

export interface PredictResponse {
  model: string;
  version: string;
  predictions: Array<Prediction | TensorPrediction>;
  warnings: PredictionWarning[];
  /** How many more warnings there were; absent if none. */
  warnings_omitted?: number | undefined;
}

export type Prediction = {
  id: string;
  label: string;
  probabilities: Record<string, number>;
  explanation?: {
    method: string;
    units: string;
    class?: string | undefined;
    base_value: number;
    prediction: number;
    values: Record<string, number>;
    standard_errors?: Record<string, number> | undefined;
    r2?: number | undefined;
    summary: string;
  } | undefined;
} | {
  id: string;
  value: number;
  explanation?: {
    method: string;
    units: string;
    class?: string | undefined;
    base_value: number;
    prediction: number;
    values: Record<string, number>;
    standard_errors?: Record<string, number> | undefined;
    r2?: number | undefined;
    summary: string;
  } | undefined;
} | {
  id: string;
  cluster: string;
  distances: number[];
  explanation?: {
    method: string;
    units: string;
    class?: string | undefined;
    base_value: number;
    prediction: number;
    values: Record<string, number>;
    standard_errors?: Record<string, number> | undefined;
    r2?: number | undefined;
    summary: string;
  } | undefined;
} | {
  id: string;
  score: number;
  anomaly: boolean;
  explanation?: {
    method: string;
    units: string;
    class?: string | undefined;
    base_value: number;
    prediction: number;
    values: Record<string, number>;
    standard_errors?: Record<string, number> | undefined;
    r2?: number | undefined;
    summary: string;
  } | undefined;
};

export interface PredictionWarning {
  row: number;
  field: string;
  code: 'missing_field' | 'unknown_category' | 'out_of_range' | 'unknown_field' | 'suspicious_unit' | 'small_picture' | 'other_colours';
  message: string;
}

export interface PreprocessSpec {
  numeric_missing?: 'mean' | 'median' | 'most_frequent' | 'constant' | 'drop_row' | undefined;
  numeric_constant?: number | undefined;
  category_missing?: 'most_frequent' | 'constant' | 'drop_row' | undefined;
  category_constant?: string | undefined;
  scaling?: 'standard' | 'min_max' | 'robust' | 'none' | undefined;
  encoding?: 'one_hot' | 'ordinal' | undefined;
  /** Categories seen in fewer training rows share one code; a count. */
  rare_count?: number | undefined;
  /** At most this many codes a column; the rest is rare. */
  max_categories?: number | undefined;
  /** The size at which pictures are learnt from; without it that of most of them, made smaller if need be. */
  image?: PictureWish | undefined;
  /** How texts become weights of words. */
  text?: TextSpec | undefined;
}

export interface ProfileWarning {
  code: 'ambiguous_datetime' | 'constant' | 'decimal_comma' | 'digit_groups' | 'duplicate_rows' | 'gaps_filled' | 'encoding_guessed' | 'files_left_out' | 'high_cardinality' | 'identifier' | 'imbalanced_target' | 'leakage' | 'missing_target' | 'mostly_missing' | 'mostly_numeric' | 'number_with_unit' | 'parts_merged' | 'pictures_left_out' | 'pictures_resized' | 'rare_class' | 'short_history' | 'token_as_value';
  column: string | null;
  message: string;
}

export type PublishedVersion = VersionManifest | ImportedManifest;

export type ResourceName = string;

export type RunState = 'queued' | 'running' | 'succeeded' | 'kept' | 'failed' | 'cancelled';

export interface RunView {
  /** Digest of (spec, data digest, code version, retrain id): the same work has the same id. */
  run: string;
  model: string;
  dataset: string;
  data_digest: string;
  spec_digest: string;
  state: RunState;
  /** 0 to 1. */
  progress: number;
  message: string;
  /** How many of these ended because the worker's time was over, and not because it died. */
  pauses?: number | undefined;
  created: string;
  started: string | null;
  ended: string | null;
  source: UploadSource;
  /** Absent until that is decided. */
  placement?: Placement | undefined;
  candidates: Candidate[];
  version: string | null;
  error: Failure | null;
  waiting?: {
    for: 'data' | 'worker';
    since: string;
    position?: number | undefined;
    behind?: Array<{
      model: string;
      run: string;
      state: 'queued' | 'running';
      since: string;
      progress: number;
    }> | undefined;
  } | undefined;
}

export interface SeriesSchema {
  time: string;
  target: string;
  id: string[];
  /** Text as in the spec. */
  frequency: string;
  horizon: number;
  /** Values that a forecast is made from, and that a request with a history has to send at least. */
  context: number;
  season: number;
  quantiles: number[];
  known: Array<{
    name: string;
    type: 'numeric' | 'boolean' | 'category';
    /** Of those that are not numeric, in the order of their places in the tensor. */
    categories?: string[] | undefined;
    range?: [number, number] | undefined;
  }>;
  /** Whether the file has the input `time`. */
  calendar: boolean;
  gaps: {
    fill: 'interpolate' | 'previous' | 'zero' | 'refuse';
    limit: number;
  };
  aggregate?: 'mean' | 'sum' | 'min' | 'max' | 'first' | 'last' | undefined;
  /** Form of the stamps in the data, in strptime letters, and whether they are whole days. */
  format: string;
  dates_only: boolean;
  /** Whether they say how far they are from UTC; answers then say that they are in UTC. */
  zoned: boolean;
  /** How many series it has learnt from, and the names of the first of them. */
  count: number;
  names: string[];
  /** The newest moment it knows of. */
  newest: string;
  /** Settings that the learner has found, for people: the order of an autoregression, weights of a smoothing. */
  found: Record<string, number | string | number[]>;
}

export interface SeriesSpec {
  /** The date-time column. */
  time: string;
  /** Columns that tell which series a row is of; absent if the data are one series. */
  id?: string[] | undefined;
  /** How many steps after the newest value are forecast. */
  horizon: number;
  /** Time between two values; found in the data where nothing is said. */
  frequency?: string | undefined;
  /** Columns whose values are known for the future too, such as holidays and prices. */
  known?: string[] | undefined;
  /** Shares of the outcomes that shall lie below the forecast; 0.1, 0.5 and 0.9 where nothing is said. */
  quantiles?: number[] | undefined;
  /** Steps after which a pattern comes again: 24 for days of hours. By the frequency where nothing is said. */
  season?: number | undefined;
  /** What is done where steps are missing in the midst of a series. */
  gaps?: {
    fill?: 'interpolate' | 'previous' | 'zero' | 'refuse' | undefined;
    /** Missing steps in a row that are filled at most; longer gaps are refused. */
    limit?: number | undefined;
  } | undefined;
  /** What becomes of rows that fall into one step; refused where nothing is said. */
  aggregate?: 'mean' | 'sum' | 'min' | 'max' | 'first' | 'last' | undefined;
}

export interface ServingMeasure {
  /** Median of `calls` calls for one row: its JSON read and checked, the model run. Milliseconds. */
  ms_per_call: number;
  /** In calls with many rows. */
  rows_per_second: number;
  calls: number;
  measured_on: {
    /** As the machine calls it. */
    processor: string;
    architecture: string;
    /** Processors there were; a part of one on a small Lambda function. */
    processors: number;
    memory_mb: number;
  };
}

export interface SplitSpec {
  kind: 'auto' | 'random' | 'stratified' | 'time' | 'grouped';
  /** The date-time column of `time`, the group column of `grouped`. */
  column?: string | undefined;
}

export interface TensorPrediction {
  id: string;
  outputs: Record<string, unknown>;
}

export interface TensorSchema {
  name: string;
  /** As onnxruntime spells it, for example `float32`. */
  type: string;
  shape: Array<number | string>;
}

export interface TextCompletion {
  id: string;
  created: number;
  model: string;
  usage?: TokenUsage | undefined;
  object: 'text_completion';
  choices: Array<{
    index: number;
    text: string;
    finish_reason: string | null;
    [field: string]: unknown;
  }>;
  [field: string]: unknown;
}

export interface TextSpec {
  /** The longest sequence of words that counts as a term: 1 for single words (default), 2 for pairs too. */
  max_words?: number | undefined;
  /** Terms in fewer training texts are left out; default 2. */
  min_texts?: number | undefined;
  /** The most frequent terms are kept. */
  max_terms?: number | undefined;
  /** `log` (default) counts a repeated word as 1 + ln(count). */
  counts?: 'linear' | 'log' | undefined;
  /** For networks that read word by word: words of a text that are read. */
  max_length?: number | undefined;
}

export interface TokenUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  [field: string]: unknown;
}

export type TrainingPlace = 'function' | 'job';

export interface UploadRequest {
  file: string;
  bytes?: number | undefined;
}

export interface UploadSource {
  key: string;
  file: string;
  etag: string;
  size_bytes: number;
  /** S3's sequencer: orders writes to the same key. */
  sequencer: string;
  uploaded: string;
}

export interface UploadTicket {
  url: string;
  method: 'PUT';
  headers: Record<string, string>;
  key: string;
}

export interface UsageReport {
  object: 'usage';
  /** First and last day, in UTC. */
  from: string;
  to: string;
  group_by: 'day' | 'key' | 'model';
  /** One entry for each day, name of a key, or model; those without requests are left out. */
  data: Array<{
    calls: number;
    refused: number;
    rows: number;
    input_tokens: number;
    output_tokens: number;
    ms: number;
    endpoint_ms: number;
    bytes_in: number;
    bytes_out: number;
    usd: number;
    day?: string | undefined;
    key?: string | undefined;
    model?: string | undefined;
  }>;
  total: {
    calls: number;
    refused: number;
    rows: number;
    input_tokens: number;
    output_tokens: number;
    ms: number;
    endpoint_ms: number;
    bytes_in: number;
    bytes_out: number;
    usd: number;
  };
  currency: 'USD';
  /** Date of the newest price table; each request was priced by the table of its time. */
  prices_as_of: string;
}

export interface VersionManifest {
  model: string;
  version: string;
  run: string;
  created: string;
  task: 'classification' | 'regression' | 'forecast' | 'clustering' | 'anomaly';
  /** Absent where groups or anomalies are sought. */
  target?: string | undefined;
  learner: LearnerName;
  artifact: {
    sha256: string;
    size_bytes: number;
  };
  schema: ModelSchema;
  metric: MetricName;
  /** Cross-validated: the mean over five folds, each predicted by a model that has not seen it. */
  metrics: MetricTable;
  candidates: Candidate[];
  held_out: {
    rows: number;
    metrics: MetricTable;
  };
  /** Mean |SHAP| of each raw column over held-out rows, in the units of the model's score; the largest first. */
  importances?: Array<{
    column: string;
    value: number;
  }> | undefined;
  /** The training rows that explanations compare with, kept below the model's prefix. */
  background?: {
    sha256: string;
    size_bytes: number;
    rows: number;
  } | undefined;
  /** The newest values of every series, which a forecast starts from; kept below the model's prefix. */
  history?: {
    sha256: string;
    size_bytes: number;
    series: number;
  } | undefined;
  /** How long a prediction takes; absent from versions that were published before it was measured. */
  serving?: ServingMeasure | undefined;
  warnings: Array<{
    code: string;
    column: string | null;
    message: string;
  }>;
  lineage: {
    dataset: string;
    data_digest: string;
    spec_digest: string;
    spec: ModelSpec;
    source: UploadSource;
    rows: number;
    split: string;
    seed: number;
    code: string;
  };
}

export interface VersionStatusSchema {
  version: string;
  state: 'AVAILABLE';
  status: {
    error_code: 'OK';
    error_message: '';
  };
}

export type VersionView = (PublishedVersion) & ({
  model_version_status: VersionStatusSchema[];
});

/** Routes by their id: what a request carries, and what is answered. */
export interface Operations {
  /** Predict for rows, given one by one or by columns. */
  predict: {
    path: { model: string };
    query?: { version?: string | number | undefined; strict?: boolean | 'true' | 'false' | undefined; non_finite?: 'error' | 'null' | 'string' | undefined; explain?: boolean | 'true' | 'false' | undefined };
    body: {
      instances: Array<Record<string, unknown> | unknown[]>;
    } | {
      columns: Record<string, unknown[]>;
    };
    answer: PredictResponse;
    accepted: JobView;
  };
  /** Say what to learn; training starts when the data set is there. */
  'put-model': {
    path: { model: string };
    body: ModelSpec;
    answer: ModelCard;
  };
  /** The model's card: schema, metrics with intervals, lineage. */
  'get-model': {
    path: { model: string };
    answer: ModelCard;
  };
  /** Remove a model with its versions, runs and reports. */
  'delete-model': {
    path: { model: string };
    answer: {
      id: string;
      object: string;
      deleted: true;
    };
  };
  /** Every model with its card. */
  'list-models': {
    query?: { limit?: string | number | undefined };
    answer: {
      object: 'list';
      data: ModelCard[];
      has_more: boolean;
    };
  };
  /** Published versions, oldest first. */
  'list-versions': {
    path: { model: string };
    query?: { limit?: string | number | undefined };
    answer: {
      object: 'list';
      data: PublishedVersion[];
      has_more: boolean;
    };
  };
  /** Bring an ONNX file as the next version: checked, tried, live. The same bytes again give the same version. */
  'import-version': {
    path: { model: string };
    query?: { promote?: boolean | 'true' | 'false' | undefined };
    body: ImportRequest | string | Uint8Array;
    answer: ImportedManifest;
  };
  /** One published version. */
  'get-version': {
    path: { model: string; version: string };
    answer: VersionView;
  };
  /** Training runs, newest first. */
  'list-runs': {
    path: { model: string };
    query?: { limit?: string | number | undefined };
    answer: {
      object: 'list';
      data: RunView[];
      has_more: boolean;
    };
  };
  /** One training run. */
  'get-run': {
    path: { model: string; run: string };
    answer: RunView;
  };
  /** End a training run that waits or is worked on; one that has ended stays as it is. */
  'cancel-run': {
    path: { model: string; run: string };
    answer: RunView;
  };
  /** Evaluation reports, newest first. */
  'list-evaluations': {
    path: { model: string };
    query?: { limit?: string | number | undefined };
    answer: {
      object: 'list';
      data: EvaluationReport[];
      has_more: boolean;
    };
  };
  /** Evaluate the live version now. */
  'evaluate-model': {
    path: { model: string };
    answer: {
      id: string;
      object: 'evaluation_request';
    };
  };
  /** Make a version live. */
  promote: {
    path: { model: string };
    body: {
      version: string;
    };
    answer: Aliases;
  };
  /** Make the version live that was live before. */
  rollback: {
    path: { model: string };
    answer: Aliases;
  };
  /** Train again on the newest data. */
  retrain: {
    path: { model: string };
    answer: {
      id: string;
      object: 'retrain_request';
    };
  };
  /** An address to which the file is then PUT; the upload starts the training. */
  'create-upload': {
    path: { dataset: string };
    body: UploadRequest;
    answer: UploadTicket;
  };
  /** The newest version of a data set with its profile. */
  'get-dataset': {
    path: { dataset: string };
    answer: {
      dataset: string;
      digest: string;
      state: 'ready' | 'failed';
      rows: number | null;
      columns: Array<{
        name: string;
        type: ColumnTypeName;
      }>;
      source: UploadSource;
      created: string;
      error: Failure | null;
      profile: DatasetProfile | null;
    };
  };
  /** Every data set, newest version of each. */
  'list-datasets': {
    query?: { limit?: string | number | undefined };
    answer: {
      object: 'list';
      data: DatasetManifest[];
      has_more: boolean;
    };
  };
  /** Answers when the service is up. */
  health: {
    answer: {
      status: 'ok';
    };
  };
  /** Say for each row how much each column moved the answer, as JSON or as a plot. */
  explain: {
    path: { model: string };
    query?: { version?: string | number | undefined; strict?: boolean | 'true' | 'false' | undefined; method?: 'tree' | 'tree_path_dependent' | 'linear' | 'kernel' | 'lime' | undefined; budget?: string | number | undefined; class?: string | number | undefined; format?: 'json' | 'svg' | undefined };
    body: {
      instances: Array<Record<string, unknown> | unknown[]>;
      background?: Array<number[]> | undefined;
    } | {
      columns: Record<string, unknown[]>;
    };
    answer: {
      model: string;
      version: string;
      method: 'tree' | 'tree_path_dependent' | 'linear' | 'kernel' | 'lime';
      units: 'log_odds' | 'logit' | 'probability' | 'value' | 'log_value';
      evaluations?: number | undefined;
      explanations: Array<{
        id: string;
        row: number;
        class?: string | undefined;
        base_value: number;
        prediction: number;
        values: Record<string, number>;
        standard_errors?: Record<string, number> | undefined;
        r2?: number | undefined;
        summary: string;
      }>;
      warnings: PredictionWarning[];
      warnings_omitted?: number | undefined;
    } | string;
  };
  /** What the preprocessing makes of rows: the features that the learner sees. */
  transform: {
    path: { model: string };
    query?: { version?: string | number | undefined; strict?: boolean | 'true' | 'false' | undefined };
    body: {
      instances: Array<Record<string, unknown> | unknown[]>;
    } | {
      columns: Record<string, unknown[]>;
    };
    answer: {
      model: string;
      version: string;
      features: string[];
      columns: string[];
      rows: Array<Array<number | null>>;
      warnings: PredictionWarning[];
      warnings_omitted?: number | undefined;
    };
  };
  /** Forecast a series, from values that are sent or from the newest that are stored. */
  forecast: {
    path: { model: string };
    query?: { version?: string | number | undefined; non_finite?: 'error' | 'null' | 'string' | undefined };
    body: {
      history?: Array<Record<string, unknown>> | Record<string, unknown[]> | undefined;
      series?: string | string[] | Record<string, string> | undefined;
      future?: Array<Record<string, unknown>> | Record<string, unknown[]> | undefined;
      horizon?: number | undefined;
    };
    answer: {
      id: string;
      model: string;
      version: string;
      series?: string | null | undefined;
      frequency: string;
      horizon: string[];
      values: number[];
      quantiles: Record<string, number[]>;
      warnings: Array<{
        code: string;
        field: string;
        message: string;
      }>;
    };
  };
  /** Forecast series in the form of KServe's time series API. */
  'time-series-forecast': {
    body: {
      model: string;
      inputs: Array<{
        type: 'univariate_time_series' | 'multivariate_time_series';
        name: string;
        series: Array<number | number[]>;
        frequency: 'second' | 'S' | 'minute' | 'T' | 'hour' | 'H' | 'day' | 'D' | 'week' | 'W' | 'month' | 'M' | 'quarter' | 'Q' | 'year' | 'Y';
        start_timestamp?: string | null | undefined;
        future?: Array<Record<string, unknown>> | Record<string, unknown[]> | undefined;
      }>;
      options: {
        horizon: number;
        quantiles?: number[] | null | undefined;
      };
      metadata?: Record<string, unknown> | null | undefined;
    };
    answer: {
      id: string;
      created_at: number;
      status: 'completed' | 'error' | 'pending' | 'partial';
      error: null;
      model: string;
      outputs: Array<{
        type: string;
        id: string;
        status: 'completed' | 'error' | 'pending' | 'partial';
        content: Array<{
          type: 'univariate_time_series' | 'multivariate_time_series';
          name: string;
          mean_forecast: Array<number | number[]>;
          frequency: 'second' | 'S' | 'minute' | 'T' | 'hour' | 'H' | 'day' | 'D' | 'week' | 'W' | 'month' | 'M' | 'quarter' | 'Q' | 'year' | 'Y';
          start_timestamp: string;
          quantiles: Record<string, Array<number | number[]>> | null;
        }>;
        error: null;
      }>;
      usage: {
        prompt_tokens: number;
        completion_tokens: number;
        total_tokens: number;
      };
    };
  };
  /** Names of the models that forecast, as KServe lists them. */
  'time-series-models': {
    answer: string[];
  };
  /** Continue a conversation by a language model behind an endpoint, at once or piece by piece. */
  'chat-completions': {
    body: ChatRequest;
    answer: ChatCompletion | string;
    accepted: JobView;
  };
  /** Continue a text by a language model behind an endpoint, at once or piece by piece. */
  completions: {
    body: CompletionRequest;
    answer: TextCompletion | string;
    accepted: JobView;
  };
  /** Turn texts into vectors, by an imported embedding model or one behind an endpoint. */
  embeddings: {
    body: {
      model: string;
      input: string | string[] | number[] | Array<number[]>;
      encoding_format?: 'float' | 'base64' | null | undefined;
      dimensions?: number | null | undefined;
      prompt_name?: string | null | undefined;
      user?: string | null | undefined;
      [field: string]: unknown;
    };
    answer: {
      object: 'list';
      data: Array<{
        object: 'embedding';
        index: number;
        embedding: number[] | string;
      }>;
      model: string;
      usage: {
        prompt_tokens: number;
        total_tokens: number;
      };
    };
    accepted: JobView;
  };
  /** An address to PUT an ONNX file to that is too large for a request; import it by its "upload". */
  'create-import-upload': {
    path: { model: string };
    body: ImportUploadRequest;
    answer: ImportTicket;
  };
  /** Name, version and extensions of the server. */
  'oip-server': {
    answer: {
      name: string;
      version: string;
      extensions: string[];
    };
  };
  /** Answers when the server is up. */
  'oip-live': {
    answer: {
      live: true;
    };
  };
  /** Answers when the server takes requests. */
  'oip-server-ready': {
    answer: {
      ready: true;
    };
  };
  /** Names of the models. */
  'oip-models': {
    answer: {
      models: string[];
    };
  };
  /** Every version of every model with its state; {"ready": true} leaves out what cannot answer. */
  'oip-index': {
    body: {
      ready?: boolean | undefined;
    };
    answer: Array<{
      name: string;
      version?: string | undefined;
      state: 'READY' | 'UNAVAILABLE';
      reason: string;
    }>;
  };
  /** Names, datatypes and shapes that the live version takes and gives. */
  'oip-metadata': {
    path: { model: string };
    query?: { version?: string | number | undefined };
    answer: {
      name: string;
      versions: string[];
      platform: string;
      inputs: Array<{
        name: string;
        datatype: string;
        shape: number[];
      }>;
      outputs: Array<{
        name: string;
        datatype: string;
        shape: number[];
      }>;
      properties?: Record<string, string> | undefined;
    };
  };
  /** Answers when the live version is loaded. */
  'oip-ready': {
    path: { model: string };
    query?: { version?: string | number | undefined };
    answer: {
      name: string;
      ready: true;
    };
  };
  /** Ask the live version: tensors in, tensors out, as JSON or in binary form. */
  'oip-infer': {
    path: { model: string };
    query?: { strict?: boolean | 'true' | 'false' | undefined; non_finite?: 'error' | 'null' | 'string' | undefined; version?: string | number | undefined };
    body: {
      id?: string | undefined;
      parameters?: Record<string, unknown> | undefined;
      inputs: Array<{
        name: string;
        shape: number[];
        datatype: string;
        parameters?: Record<string, unknown> | undefined;
        data?: unknown[] | undefined;
      }>;
      outputs?: Array<{
        name: string;
        parameters?: Record<string, unknown> | undefined;
      }> | undefined;
    } | string | Uint8Array;
    answer: {
      model_name: string;
      model_version: string;
      id?: string | undefined;
      parameters?: Record<string, string | number | boolean> | undefined;
      outputs: Array<{
        name: string;
        shape: number[];
        datatype: string;
        parameters?: Record<string, unknown> | undefined;
        data?: unknown[] | undefined;
      }>;
    } | Uint8Array;
    accepted: JobView;
  };
  /** Names, datatypes and shapes that one version takes and gives. */
  'oip-metadata-version': {
    path: { model: string; version: string };
    answer: {
      name: string;
      versions: string[];
      platform: string;
      inputs: Array<{
        name: string;
        datatype: string;
        shape: number[];
      }>;
      outputs: Array<{
        name: string;
        datatype: string;
        shape: number[];
      }>;
      properties?: Record<string, string> | undefined;
    };
  };
  /** Answers when one version is loaded. */
  'oip-ready-version': {
    path: { model: string; version: string };
    answer: {
      name: string;
      ready: true;
    };
  };
  /** Ask one version: tensors in, tensors out, as JSON or in binary form. */
  'oip-infer-version': {
    path: { model: string; version: string };
    query?: { strict?: boolean | 'true' | 'false' | undefined; non_finite?: 'error' | 'null' | 'string' | undefined };
    body: {
      id?: string | undefined;
      parameters?: Record<string, unknown> | undefined;
      inputs: Array<{
        name: string;
        shape: number[];
        datatype: string;
        parameters?: Record<string, unknown> | undefined;
        data?: unknown[] | undefined;
      }>;
      outputs?: Array<{
        name: string;
        parameters?: Record<string, unknown> | undefined;
      }> | undefined;
    } | string | Uint8Array;
    answer: {
      model_name: string;
      model_version: string;
      id?: string | undefined;
      parameters?: Record<string, string | number | boolean> | undefined;
      outputs: Array<{
        name: string;
        shape: number[];
        datatype: string;
        parameters?: Record<string, unknown> | undefined;
        data?: unknown[] | undefined;
      }>;
    } | Uint8Array;
    accepted: JobView;
  };
  /** Predict with the live version, in TensorFlow Serving's row or column form. */
  'tensorflow-predict': {
    path: { model: string };
    query?: { version?: string | number | undefined; strict?: boolean | 'true' | 'false' | undefined; non_finite?: 'error' | 'null' | 'string' | undefined };
    body: {
      signature_name?: string | undefined;
      instances: unknown[];
    } | {
      signature_name?: string | undefined;
      inputs: unknown;
    };
    answer: {
      predictions: unknown[];
      warnings?: PredictionWarning[] | undefined;
      warnings_omitted?: number | undefined;
    } | {
      outputs: unknown;
      warnings?: PredictionWarning[] | undefined;
      warnings_omitted?: number | undefined;
    };
    accepted: JobView;
  };
  /** The inputs and outputs of the live version, as TensorFlow Serving tells them. */
  'tensorflow-metadata': {
    path: { model: string };
    query?: { version?: string | number | undefined };
    answer: {
      model_spec: {
        name: string;
        signature_name: string;
        version: string;
      };
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: Record<string, {
                dtype: string;
                tensor_shape: {
                  dim: Array<{
                    size: string;
                    name: string;
                  }>;
                  unknown_rank: boolean;
                };
                name: string;
              }>;
              outputs: Record<string, {
                dtype: string;
                tensor_shape: {
                  dim: Array<{
                    size: string;
                    name: string;
                  }>;
                  unknown_rank: boolean;
                };
                name: string;
              }>;
              method_name: string;
            };
          };
        };
      };
    };
  };
  /** Predict with one version, in TensorFlow Serving's row or column form. */
  'tensorflow-predict-version': {
    path: { model: string; version: string };
    query?: { strict?: boolean | 'true' | 'false' | undefined; non_finite?: 'error' | 'null' | 'string' | undefined };
    body: {
      signature_name?: string | undefined;
      instances: unknown[];
    } | {
      signature_name?: string | undefined;
      inputs: unknown;
    };
    answer: {
      predictions: unknown[];
      warnings?: PredictionWarning[] | undefined;
      warnings_omitted?: number | undefined;
    } | {
      outputs: unknown;
      warnings?: PredictionWarning[] | undefined;
      warnings_omitted?: number | undefined;
    };
    accepted: JobView;
  };
  /** The inputs and outputs of one version, as TensorFlow Serving tells them. */
  'tensorflow-metadata-version': {
    path: { model: string; version: string };
    answer: {
      model_spec: {
        name: string;
        signature_name: string;
        version: string;
      };
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: Record<string, {
                dtype: string;
                tensor_shape: {
                  dim: Array<{
                    size: string;
                    name: string;
                  }>;
                  unknown_rank: boolean;
                };
                name: string;
              }>;
              outputs: Record<string, {
                dtype: string;
                tensor_shape: {
                  dim: Array<{
                    size: string;
                    name: string;
                  }>;
                  unknown_rank: boolean;
                };
                name: string;
              }>;
              method_name: string;
            };
          };
        };
      };
    };
  };
  /** Predict with the version with a label: "live" or "stable", in TensorFlow Serving's row or column form. */
  'tensorflow-predict-label': {
    path: { model: string; label: string };
    query?: { strict?: boolean | 'true' | 'false' | undefined; non_finite?: 'error' | 'null' | 'string' | undefined };
    body: {
      signature_name?: string | undefined;
      instances: unknown[];
    } | {
      signature_name?: string | undefined;
      inputs: unknown;
    };
    answer: {
      predictions: unknown[];
      warnings?: PredictionWarning[] | undefined;
      warnings_omitted?: number | undefined;
    } | {
      outputs: unknown;
      warnings?: PredictionWarning[] | undefined;
      warnings_omitted?: number | undefined;
    };
    accepted: JobView;
  };
  /** The inputs and outputs of the version with a label: "live" or "stable", as TensorFlow Serving tells them. */
  'tensorflow-metadata-label': {
    path: { model: string; label: string };
    answer: {
      model_spec: {
        name: string;
        signature_name: string;
        version: string;
      };
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: Record<string, {
                dtype: string;
                tensor_shape: {
                  dim: Array<{
                    size: string;
                    name: string;
                  }>;
                  unknown_rank: boolean;
                };
                name: string;
              }>;
              outputs: Record<string, {
                dtype: string;
                tensor_shape: {
                  dim: Array<{
                    size: string;
                    name: string;
                  }>;
                  unknown_rank: boolean;
                };
                name: string;
              }>;
              method_name: string;
            };
          };
        };
      };
    };
  };
  /** The status of the version with a label, as TensorFlow Serving tells it. */
  'tensorflow-status-label': {
    path: { model: string; label: string };
    answer: {
      model_version_status: VersionStatusSchema[];
    };
  };
  /** Predict in one of MLflow's forms; CSV begins with a line that names the columns. */
  'mlflow-invocations': {
    query?: { model?: string | number | undefined; version?: string | number | undefined; strict?: boolean | 'true' | 'false' | undefined; non_finite?: 'error' | 'null' | 'string' | undefined; output?: 'label' | 'probabilities' | 'all' | undefined };
    body: {
      dataframe_split: {
        columns?: Array<string | number> | undefined;
        index?: unknown[] | undefined;
        data: Array<unknown[]>;
      };
      params?: {
        output?: 'label' | 'probabilities' | 'all' | undefined;
        strict?: boolean | undefined;
        non_finite?: 'error' | 'null' | 'string' | undefined;
      } | undefined;
    } | {
      dataframe_records: Array<Record<string, unknown>>;
      params?: {
        output?: 'label' | 'probabilities' | 'all' | undefined;
        strict?: boolean | undefined;
        non_finite?: 'error' | 'null' | 'string' | undefined;
      } | undefined;
    } | {
      instances: unknown[];
      params?: {
        output?: 'label' | 'probabilities' | 'all' | undefined;
        strict?: boolean | undefined;
        non_finite?: 'error' | 'null' | 'string' | undefined;
      } | undefined;
    } | {
      inputs: unknown;
      params?: {
        output?: 'label' | 'probabilities' | 'all' | undefined;
        strict?: boolean | undefined;
        non_finite?: 'error' | 'null' | 'string' | undefined;
      } | undefined;
    } | string | Uint8Array;
    answer: {
      predictions: unknown;
      warnings?: PredictionWarning[] | undefined;
      warnings_omitted?: number | undefined;
    };
    accepted: JobView;
  };
  /** Answers when the service is up. */
  'mlflow-ping': {
    answer: undefined;
  };
  /** Answers when the service is up. */
  'mlflow-health': {
    answer: undefined;
  };
  /** The version of the service. */
  'mlflow-version': {
    answer: string;
  };
  /** Predict for a whole file, or hand a file to a model behind an endpoint with a queue. */
  'create-job': {
    path: { model: string };
    body: JobRequest | EndpointJobRequest;
    answer: JobView;
  };
  /** An address to which a file for a job is PUT; its key is then the input of the job. */
  'create-job-upload': {
    path: { model: string };
    body: UploadRequest;
    answer: UploadTicket;
  };
  /** Jobs, newest first. */
  'list-jobs': {
    query?: { model?: string | number | undefined; limit?: string | number | undefined };
    answer: {
      object: 'list';
      data: JobView[];
      has_more: boolean;
    };
  };
  /** How far a job is and, once it has succeeded, where its result is. */
  'get-job': {
    path: { id: string };
    answer: JobView;
  };
  /** Remove a job with its result and the file that was uploaded for it. */
  'delete-job': {
    path: { id: string };
    answer: {
      id: string;
      object: 'job';
      deleted: true;
    };
  };
  /** End a job that waits or runs; one that has ended stays as it is. */
  'cancel-job': {
    path: { id: string };
    answer: JobView;
  };
  /** What was used by the request's own key; by all keys, if it may manage every model. */
  usage: {
    query?: { from?: string | number | undefined; to?: string | number | undefined; group_by?: 'day' | 'key' | 'model' | undefined };
    answer: UsageReport;
  };
  /** This document: every request with its schemas, as OpenAPI 3.1. */
  openapi: {
    answer: {
      openapi: string;
      info: {
        title: string;
        version: string;
        [field: string]: unknown;
      };
      paths: Record<string, unknown>;
      [field: string]: unknown;
    };
  };
  /** A page on which every request can be read and tried. */
  docs: {
    answer: string;
  };
}

/** How each route is asked. */
export const addresses = {
  predict: { method: 'POST', path: '/v1/models/{model}/predict', repeatable: true, answers: 'json' },
  'put-model': { method: 'PUT', path: '/v1/models/{model}', repeatable: true, answers: 'json' },
  'get-model': { method: 'GET', path: '/v1/models/{model}', repeatable: true, answers: 'json' },
  'delete-model': { method: 'DELETE', path: '/v1/models/{model}', repeatable: true, answers: 'json' },
  'list-models': { method: 'GET', path: '/v1/models', repeatable: true, answers: 'json' },
  'list-versions': { method: 'GET', path: '/v1/models/{model}/versions', repeatable: true, answers: 'json' },
  'import-version': { method: 'PUT', path: '/v1/models/{model}/versions', repeatable: true, answers: 'json' },
  'get-version': { method: 'GET', path: '/v1/models/{model}/versions/{version}', repeatable: true, answers: 'json' },
  'list-runs': { method: 'GET', path: '/v1/models/{model}/runs', repeatable: true, answers: 'json' },
  'get-run': { method: 'GET', path: '/v1/models/{model}/runs/{run}', repeatable: true, answers: 'json' },
  'cancel-run': { method: 'POST', path: '/v1/models/{model}/runs/{run}/cancel', repeatable: false, answers: 'json' },
  'list-evaluations': { method: 'GET', path: '/v1/models/{model}/evaluations', repeatable: true, answers: 'json' },
  'evaluate-model': { method: 'POST', path: '/v1/models/{model}/evaluations', repeatable: false, answers: 'json' },
  promote: { method: 'POST', path: '/v1/models/{model}/promote', repeatable: false, answers: 'json' },
  rollback: { method: 'POST', path: '/v1/models/{model}/rollback', repeatable: false, answers: 'json' },
  retrain: { method: 'POST', path: '/v1/models/{model}/retrain', repeatable: false, answers: 'json' },
  'create-upload': { method: 'POST', path: '/v1/datasets/{dataset}/uploads', repeatable: false, answers: 'json' },
  'get-dataset': { method: 'GET', path: '/v1/datasets/{dataset}', repeatable: true, answers: 'json' },
  'list-datasets': { method: 'GET', path: '/v1/datasets', repeatable: true, answers: 'json' },
  health: { method: 'GET', path: '/healthz', repeatable: true, answers: 'json' },
  explain: { method: 'POST', path: '/v1/models/{model}/explain', repeatable: true, answers: 'other' },
  transform: { method: 'POST', path: '/v1/models/{model}/transform', repeatable: true, answers: 'json' },
  forecast: { method: 'POST', path: '/v1/models/{model}/forecast', repeatable: true, answers: 'json' },
  'time-series-forecast': { method: 'POST', path: '/v1/timeseries/forecast', repeatable: true, answers: 'json' },
  'time-series-models': { method: 'GET', path: '/v1/timeseries/models', repeatable: true, answers: 'json' },
  'chat-completions': { method: 'POST', path: '/v1/chat/completions', repeatable: false, answers: 'other' },
  completions: { method: 'POST', path: '/v1/completions', repeatable: false, answers: 'other' },
  embeddings: { method: 'POST', path: '/v1/embeddings', repeatable: true, answers: 'json' },
  'create-import-upload': { method: 'POST', path: '/v1/models/{model}/versions/uploads', repeatable: false, answers: 'json' },
  'oip-server': { method: 'GET', path: '/v2', repeatable: true, answers: 'json' },
  'oip-live': { method: 'GET', path: '/v2/health/live', repeatable: true, answers: 'json' },
  'oip-server-ready': { method: 'GET', path: '/v2/health/ready', repeatable: true, answers: 'json' },
  'oip-models': { method: 'GET', path: '/v2/models', repeatable: true, answers: 'json' },
  'oip-index': { method: 'POST', path: '/v2/repository/index', repeatable: true, answers: 'json' },
  'oip-metadata': { method: 'GET', path: '/v2/models/{model}', repeatable: true, answers: 'json' },
  'oip-ready': { method: 'GET', path: '/v2/models/{model}/ready', repeatable: true, answers: 'json' },
  'oip-infer': { method: 'POST', path: '/v2/models/{model}/infer', repeatable: true, answers: 'other' },
  'oip-metadata-version': { method: 'GET', path: '/v2/models/{model}/versions/{version}', repeatable: true, answers: 'json' },
  'oip-ready-version': { method: 'GET', path: '/v2/models/{model}/versions/{version}/ready', repeatable: true, answers: 'json' },
  'oip-infer-version': { method: 'POST', path: '/v2/models/{model}/versions/{version}/infer', repeatable: true, answers: 'other' },
  'tensorflow-predict': { method: 'POST', path: '/v1/models/{model}:predict', repeatable: true, answers: 'json' },
  'tensorflow-metadata': { method: 'GET', path: '/v1/models/{model}/metadata', repeatable: true, answers: 'json' },
  'tensorflow-predict-version': { method: 'POST', path: '/v1/models/{model}/versions/{version}:predict', repeatable: true, answers: 'json' },
  'tensorflow-metadata-version': { method: 'GET', path: '/v1/models/{model}/versions/{version}/metadata', repeatable: true, answers: 'json' },
  'tensorflow-predict-label': { method: 'POST', path: '/v1/models/{model}/labels/{label}:predict', repeatable: true, answers: 'json' },
  'tensorflow-metadata-label': { method: 'GET', path: '/v1/models/{model}/labels/{label}/metadata', repeatable: true, answers: 'json' },
  'tensorflow-status-label': { method: 'GET', path: '/v1/models/{model}/labels/{label}', repeatable: true, answers: 'json' },
  'mlflow-invocations': { method: 'POST', path: '/invocations', repeatable: true, answers: 'json' },
  'mlflow-ping': { method: 'GET', path: '/ping', repeatable: true, answers: 'none' },
  'mlflow-health': { method: 'GET', path: '/health', repeatable: true, answers: 'none' },
  'mlflow-version': { method: 'GET', path: '/version', repeatable: true, answers: 'other' },
  'create-job': { method: 'POST', path: '/v1/models/{model}/jobs', repeatable: false, answers: 'json' },
  'create-job-upload': { method: 'POST', path: '/v1/models/{model}/jobs/uploads', repeatable: false, answers: 'json' },
  'list-jobs': { method: 'GET', path: '/v1/jobs', repeatable: true, answers: 'json' },
  'get-job': { method: 'GET', path: '/v1/jobs/{id}', repeatable: true, answers: 'json' },
  'delete-job': { method: 'DELETE', path: '/v1/jobs/{id}', repeatable: true, answers: 'json' },
  'cancel-job': { method: 'POST', path: '/v1/jobs/{id}/cancel', repeatable: false, answers: 'json' },
  usage: { method: 'GET', path: '/v1/usage', repeatable: true, answers: 'json' },
  openapi: { method: 'GET', path: '/openapi.json', repeatable: true, answers: 'json' },
  docs: { method: 'GET', path: '/docs', repeatable: true, answers: 'other' },
} as const;
