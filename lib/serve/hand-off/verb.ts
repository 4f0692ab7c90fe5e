/** Where a verb stands in an address. */

/** TensorFlow Serving's, behind the name of a model. */
export const verb = /:(predict|classify|regress)$/;
