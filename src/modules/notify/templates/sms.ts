import { splitLines, withPlainSpaces } from '../recipients/invisible-characters.ts';
import { indexPersonalisation, type Personalisation } from './personalisation.ts';
import {
  type CompiledContent,
  compileContent,
  fillContent,
  missingNames,
  placeholderNames,
} from './placeholders.ts';
import { downgradeForSms, measureSms } from './sms-characters.ts';
import { withoutSpaceBeforePunctuation } from './typography.ts';

export const SMS_MAX_CHARACTERS = 918;

export interface SmsTemplate {
  readonly type: 'sms';
  readonly content: CompiledContent;
}

export interface RenderedSms {
  /** What goes to the provider, with the prefix where there is one. */
  readonly body: string;
  readonly characters: number;
  readonly fragments: number;
  readonly ucs2: boolean;
  /** How many characters no phone could show. */
  readonly replacedByQuestionMark: number;
}

export function compileSms(template: { content: string }): SmsTemplate {
  return { type: 'sms', content: compileContent(template.content) };
}

export function smsPlaceholders(template: SmsTemplate): string[] {
  return placeholderNames([template.content]);
}

export function missingFromSms(template: SmsTemplate, personalisation: Personalisation): string[] {
  return missingNames([template.content], personalisation);
}

/**
 * A text message as it is sent (public API 6.7.3). With `prefix`, the service's name is put before it; the API's body
 * and the length limit use the message without. Takes time in proportion to its length.
 */
export function renderSms(
  template: SmsTemplate,
  personalisation: Personalisation,
  prefix?: string,
): RenderedSms {
  const filled = fillContent(template.content, indexPersonalisation(personalisation), { lists: 'sentence' });
  const whole = prefix === undefined || prefix === '' ? filled : `${prefix}: ${filled}`;
  const tidy = tidySms(whole);
  const { text, replacedByQuestionMark } = downgradeForSms(tidy);
  return { body: text, replacedByQuestionMark, ...measureSms(tidy, text) };
}

/** The message for a text over 918 characters (without prefix); undefined when it fits. */
export function smsLengthMessage(characters: number): string | undefined {
  if (characters <= SMS_MAX_CHARACTERS) return undefined;
  return `Your message is too long. Text messages cannot be longer than ${SMS_MAX_CHARACTERS} characters. Your message is ${characters} characters long.`;
}

function tidySms(text: string): string {
  const lines = splitLines(withoutSpaceBeforePunctuation(text)).map((line) =>
    withPlainSpaces(line).replace(/\s+/g, ' ').trim(),
  );
  const kept = lines.filter((line, index) => line !== '' || lines[index - 1] !== '');
  return kept.join('\n').trim();
}
