/** Inputs are prepared before a model gets them: pictures become tensors, decoded in a function of their own. */
export { pictureTensor, preparePictures } from './picture-tensor.ts';
export { type GivenBody, pictureOf, requirePictureCount } from './pictures-in-body.ts';
export { type FileTools, fileTooLarge, prepareFile } from './prepare-file.ts';
export { createRemoteDecoder } from './remote-decoder.ts';
export { prepareRemotely } from './remote-file.ts';
export { type TensorBody, tensorBody } from './tensor-body.ts';
