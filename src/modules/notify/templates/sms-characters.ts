import {
  GSM_BASIC,
  GSM_EXTENSION,
  SMS_REPLACEMENTS,
  WELSH_DIACRITICS,
  WELSH_NON_GSM,
} from './sms-characters-data.ts';

const kept = new Set(GSM_BASIC + GSM_EXTENSION + WELSH_DIACRITICS);
const extension = new Set(GSM_EXTENSION);
const unicode = new Set(WELSH_NON_GSM);
const replacements = new Map(Object.entries(SMS_REPLACEMENTS));

/** Every character as a phone can show it: itself, its replacement or a question mark (public API 6.7.3). */
export function downgradeForSms(text: string): { text: string; replacedByQuestionMark: number } {
  if (/^[\n\r -_a-z]*$/.test(text)) return { text, replacedByQuestionMark: 0 };
  let result = '';
  let replacedByQuestionMark = 0;
  for (const character of text) {
    const replacement = kept.has(character) ? character : replacements.get(character);
    if (replacement === undefined) replacedByQuestionMark += 1;
    result += replacement ?? '?';
  }
  return { text: result, replacedByQuestionMark };
}

export interface SmsSize {
  /** Of the text sent, in UTF-16 code units. */
  readonly characters: number;
  readonly fragments: number;
  /** Sent as UCS-2, which leaves 70 characters to a message. */
  readonly ucs2: boolean;
}

/** Characters and billable fragments of a message; `original` is the text before its characters were replaced. */
export function measureSms(original: string, sent: string): SmsSize {
  const characters = sent.length;
  let extended = 0;
  let ucs2 = false;
  for (const character of original) {
    if (extension.has(character)) extended += 1;
    else if (unicode.has(character)) ucs2 = true;
  }
  const [units, single, several] = ucs2 ? [characters, 70, 67] : [characters + extended, 160, 153];
  return { characters, ucs2, fragments: units <= single ? 1 : Math.ceil(units / several) };
}
