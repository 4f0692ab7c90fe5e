/** Headers of an event of API Gateway, which passes their names on as the client wrote them. */

/** The value of a header, by its name in lower case. */
export function findHeader(
  headers: Readonly<Record<string, string | undefined>> | null,
  name: string,
): string | undefined {
  for (const given in headers) if (given.toLowerCase() === name) return headers[given];
  return undefined;
}
