import { SHARED_REPLACEMENTS } from '../recipients/character-replacements-data.ts';

/**
 * The characters a text message can carry: GSM 03.38 (3GPP TS 23.038) and Welsh letters with diacritics; and one-step
 * replacements for others. What is in none becomes a question mark. Facts of alphagov/notifications-utils 127.0.0 and of
 * the Unicode Character Database (Unicode licence).
 */
export const GSM_BASIC =
  '\n\r\u001b !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ';
/** Each takes the room of two characters. */
export const GSM_EXTENSION = '[\\]^{|}~€';
export const WELSH_DIACRITICS = 'ÀÁÂÄÈÉÊËÌÍÎÏÒÓÔÖÙÚÛÜÝàáâäèéêëìíîïòóôöùúûüýÿŴŵŶŷŸẀẁẂẃẄẅỲỳ';
/** Any of these makes the network send the whole message as UCS-2. */
export const WELSH_NON_GSM = 'ÀÁÂÈÊËÌÍÎÏÒÓÔÙÚÛÝáâêëíîïóôúûýÿŴŵŶŷŸẀẁẂẃẄẅỲỳ';
export const SMS_REPLACEMENTS: Readonly<Record<string, string>> = {
  ...SHARED_REPLACEMENTS,
  // What becomes a letter that text messages carry.
  Ǖ: 'Ü',
  ǖ: 'ü',
  Ǘ: 'Ü',
  ǘ: 'ü',
  Ǚ: 'Ü',
  ǚ: 'ü',
  Ǜ: 'Ü',
  ǜ: 'ü',
  Ǟ: 'Ä',
  ǟ: 'ä',
  Ǣ: 'Æ',
  ǣ: 'æ',
  Ǻ: 'Å',
  ǻ: 'å',
  Ǽ: 'Æ',
  ǽ: 'æ',
  Ǿ: 'Ø',
  ǿ: 'ø',
  Ȫ: 'Ö',
  ȫ: 'ö',
  Ώ: 'Ω',
  Ḉ: 'Ç',
  Ḯ: 'Ï',
  ḯ: 'ï',
  Ấ: 'Â',
  ấ: 'â',
  Ầ: 'Â',
  ầ: 'â',
  Ẩ: 'Â',
  ẩ: 'â',
  Ẫ: 'Â',
  ẫ: 'â',
  Ế: 'Ê',
  ế: 'ê',
  Ề: 'Ê',
  ề: 'ê',
  Ể: 'Ê',
  ể: 'ê',
  Ễ: 'Ê',
  ễ: 'ê',
  Ố: 'Ô',
  ố: 'ô',
  Ồ: 'Ô',
  ồ: 'ô',
  Ổ: 'Ô',
  ổ: 'ô',
  Ỗ: 'Ô',
  ỗ: 'ô',
  Ὠ: 'Ω',
  Ὡ: 'Ω',
  Ὼ: 'Ω',
  ῼ: 'Ω',
  Ω: 'Ω',
  Å: 'Å',
};
