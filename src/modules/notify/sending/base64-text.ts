/**
 * Bytes of base64 as Python reads it: characters outside the alphabet are skipped and only wrong padding fails, which
 * gives undefined (public section 3.7).
 */
export function decodeBase64(text: string): Buffer | undefined {
  const kept = text.replace(/[^A-Za-z0-9+/=]/g, '');
  const data = kept.replaceAll('=', '');
  const padding = kept.length - data.length;
  const rest = data.length % 4;
  if (rest === 1 || (rest === 2 && padding < 2) || (rest === 3 && padding < 1)) return undefined;
  return Buffer.from(data, 'base64');
}
