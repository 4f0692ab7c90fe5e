/** What a series is called: the values of its id columns as one text, from which each of them could be read again. */

/**
 * One value alone as it is; several with `/` between them, and `\` before each `/` and `\` of their own, so that
 * `a/b`, `c` and `a`, `b/c` are two series.
 */
export const seriesName = (values: readonly (string | number)[]): string =>
  values.length === 1
    ? String(values[0])
    : values.map((value) => String(value).replaceAll(/[\\/]/g, '\\$&')).join('/');
