/** PostgreSQL keeps neither U+0000 nor half a surrogate pair; both become U+FFFD wherever they stand. */
export function storable(value: string): string {
  return value.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

/** The same for every text inside a JSON value; the check on the whole text keeps the usual case cheap. */
export function parseStorableJson(text: string): unknown {
  const needsCare = /\\u0000|\\ud[89a-f]/i.test(text) || text.includes('\u0000');
  return needsCare
    ? JSON.parse(text, (_key, value) => (typeof value === 'string' ? storable(value) : value))
    : JSON.parse(text);
}

/** Percent-decoding that leaves a stray `%` as it is (spec section 3.1.6). */
export function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run;
      }
    });
  }
}

/** Trimmed and in lower case: how every e-mail address is compared and kept (spec section 6.9). */
export function normaliseEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** The same mailbox under Google's other domain; undefined for everybody else. */
export function googleAlternate(email: string): string | undefined {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  if (domain === 'gmail.com') return `${email.slice(0, at)}@googlemail.com`;
  if (domain === 'googlemail.com') return `${email.slice(0, at)}@gmail.com`;
  return undefined;
}

/** The browser's own rule for e-mail fields, with the longest address there can be. */
export function isEmail(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/i.test(
      text,
    )
  );
}
