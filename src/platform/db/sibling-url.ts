/** URL of the database `<name of this one>_<name>` on the same server, which may not exist yet. */
export function siblingUrl(url: string, name: string): string {
  const sibling = new URL(url);
  sibling.pathname = `${sibling.pathname}_${name}`;
  return sibling.href;
}
