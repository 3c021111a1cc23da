/** The part before the @ of a service's sending address, from its name (public API 6.7.7). */
export function emailSenderLocalPart(name: string): string {
  return name
    .trim()
    .replace(/\s+/g, '.')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}.]/gu, '')
    .toLowerCase()
    .replace(/\.+/g, '.')
    .replace(/^\.|\.$/g, '');
}
