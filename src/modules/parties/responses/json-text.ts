/**
 * A JSON string as the original writes it (spec section 3.4): everything but printable ASCII is escaped, in lower-case
 * hexadecimal, DEL included. Clients compare Content-Length, so this form is part of the contract.
 */
export function jsonText(text: string): string {
  return asciiJson(JSON.stringify(text));
}

/** JSON text with everything beyond printable ASCII escaped; that can only stand inside its strings. */
export function asciiJson(json: string): string {
  // Most names are plain: one look spares the replacement.
  return NOT_ASCII.test(json) ? json.replace(EACH_NOT_ASCII, escapeUnit) : json;
}

/** A JSON string, or `null`. */
export function jsonTextOrNull(text: string | null): string {
  return text === null ? 'null' : jsonText(text);
}

const NOT_ASCII = /[\u007f-\uffff]/;
const EACH_NOT_ASCII = /[\u007f-\uffff]/g;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
