/** The part of pasted text that is an address: everything from its first `http` onward (spec section 6.6). */
export function addressIn(text: string): string {
  const start = text.indexOf('http');
  return (start === -1 ? text : text.slice(start)).trim();
}

/** What the original compares exactly: cut at the first `?`, and Amazon's addresses reduced to the product. */
export function exactSearchUrl(url: string): string {
  const cut = url.split('?', 1)[0] ?? '';
  if (!cut.includes('www.amazon.co.uk')) return cut;
  const [, product] = /^https:\/\/www\.amazon\.co\.uk.*(\/dp\/[A-Z0-9]{10}).*/.exec(cut) ?? [];
  return product === undefined ? cut : `https://www.amazon.co.uk${product}`;
}

/**
 * One spelling for the addresses of one page: https, host in lower case, decoded path, no query, no slash at the end.
 * Kept beside each product, so that a search is one look into an index.
 */
export function looseSearchUrl(url: string): string {
  const exact = exactSearchUrl(url);
  const [, amazonProduct] =
    /^https?:\/\/www\.amazon\.co\.uk.*\/gp\/product\/([A-Z0-9]{10})/.exec(exact) ?? [];
  if (amazonProduct !== undefined) return `https://www.amazon.co.uk/dp/${amazonProduct}`;
  if (!URL.canParse(exact)) return exact;
  const { host, pathname } = new URL(exact);
  return `https://${host}${decodePath(pathname).replace(/\/+$/, '')}`;
}

function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
