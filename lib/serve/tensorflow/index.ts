/** TensorFlow Serving's REST dialect, and its two forms of tensors, which other dialects share. */
export { columnFeeds, type Feeds, rowFeeds } from './feeds.ts';
export { columnForm, type Outputs, rowForm } from './forms.ts';
export { tensorflowOperations } from './operations.ts';
export {
  type FormAnswer,
  parseFor,
  predictFeeds,
  predictForm,
  predictRows,
  takesLongIntegers,
  warningsField,
} from './predict-form.ts';
