const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A size in the largest unit that leaves at least one: `912 bytes`, `4.2 kB`, `38 MB`. */
export function formatBytes(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1_000 && unit < UNITS.length - 1) [size, unit] = [size / 1_000, unit + 1];
  const digits = unit > 0 && size < 10 ? 1 : 0;
  return `${size.toLocaleString('en-GB', { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}
