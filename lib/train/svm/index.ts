/** Support vector machines: fitted here, answered by nodes of an ONNX graph. */
export { emitKernelClassifier, emitKernelValues, emitOneAgainstRest } from './emit-svm.ts';
export { type Kernel, kernelTable, scaleGamma } from './kernel.ts';
export {
  fitKernelClassifier,
  type KernelClassifier,
  type KernelClassifierOptions,
} from './kernel-classifier.ts';
export { fitKernelValues, type KernelMachine } from './kernel-svm.ts';
export {
  fitLinearClassifier,
  fitLinearRegressor,
  type LinearScore,
  type LinearSvmOptions,
} from './linear-svm.ts';
