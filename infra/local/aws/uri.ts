/** Percent-encoding as Signature Version 4 defines it. */

/** Encodes every byte but the unreserved ones of RFC 3986; the slash is encoded too. */
export function encodeUri(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
