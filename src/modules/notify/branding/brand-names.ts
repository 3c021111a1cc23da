/** How many names are tried for a brand. */
const MOST_ALTERNATIVES = 99;

/** The name itself, or with the first number that makes it free: internals section 3.4.17. */
export function freeBrandName(name: string, taken: readonly string[]): string | undefined {
  const known = new Set(taken);
  if (!known.has(name)) return name;
  for (let number = 1; number <= MOST_ALTERNATIVES; number += 1) {
    const alternative = `${name} (alternate ${number})`;
    if (!known.has(alternative)) return alternative;
  }
  return undefined;
}
