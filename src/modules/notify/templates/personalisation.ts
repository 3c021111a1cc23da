import { trimmedVisible } from '../recipients/invisible-characters.ts';

/** What a sender puts in for placeholders, by name, as it came in JSON. */
export type Personalisation = Readonly<Record<string, unknown>>;

/** How a list is written where it stands (public API 6.7.1). */
export type ListStyle = 'sentence' | 'bullets';

const YES = new Set(['yes', 'y', 'true', 't', '1', 'include', 'show']);

/** The form in which placeholder names and keys are compared: no spaces, underscores, hyphens or capitals. */
export function comparableName(name: string): string {
  return name.replace(/[ _-]/g, '').toLowerCase();
}

/** Values by comparable name; of several spellings the last wins. */
export function indexPersonalisation(personalisation: Personalisation): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(personalisation)) values.set(comparableName(name), value);
  return values;
}

/** The text a value is replaced with. `undefined` and `null` count as missing and give an empty text here. */
export function valueText(value: unknown, style: ListStyle): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? listText(value, style) : pythonText(value);
}

/** Whether the text of a conditional placeholder is shown. */
export function isYes(value: unknown): boolean {
  return value === true || YES.has(pythonText(value).toLowerCase());
}

function listText(items: readonly unknown[], style: ListStyle): string {
  const texts = items
    .filter((item) => item !== null && item !== undefined)
    .map((item) => trimmedVisible(pythonText(item)))
    .filter((text) => text !== '');
  if (texts.length === 0) return '';
  if (style === 'bullets') return `\n\n${texts.map((text) => `* ${text}`).join('\n')}`;
  if (texts.length === 1) return texts[0] ?? '';
  return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** A JSON value as the original prints it: Python's words for booleans and null, JSON text for what has members. */
export function pythonText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null || value === undefined) return 'None';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
