/** The lower-case hyphenated form of anything Python's `UUID()` takes (public section 6.3); undefined for the rest. */
export function readUuid(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 200) return undefined;
  const hex = value
    .replaceAll('urn:', '')
    .replaceAll('uuid:', '')
    .replace(/^[{}]+|[{}]+$/g, '')
    .replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) return undefined;
  const low = hex.toLowerCase();
  return `${low.slice(0, 8)}-${low.slice(8, 12)}-${low.slice(12, 16)}-${low.slice(16, 20)}-${low.slice(20)}`;
}
