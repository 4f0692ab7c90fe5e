/** Log lines that are counted: what `evaluate` says of a live version, what alarms are made of, what was asked. */

/** By the name of the figure; the text is the line's `message`. */
export const logMessages = {
  /** On the newest data the version is worse than it was on what was held out of its training, beyond chance. */
  scoreFallen: 'The live version does worse on the newest data.',
  /** A column that the version reads is gone. */
  dataDrifted: 'The live version cannot read the newest data.',
} as const;

/** Messages of the one line of each request; the usage is made of these lines. */
export const accessMessages = { answered: 'answered', refused: 'refused' } as const;
