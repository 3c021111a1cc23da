import { curlQuotes } from './smart-quotes.ts';

/** Punctuation follows the word, whatever personalisation left before it (public API 6.7.3, 6.7.4). */
export function withoutSpaceBeforePunctuation(text: string): string {
  if (!/[ \t][,.]/.test(text)) return text;
  let result = '';
  let pending = '';
  for (const piece of text.split(/([ \t]+)/)) {
    if (piece === '') continue;
    const isSpace = piece[0] === ' ' || piece[0] === '\t';
    if (isSpace) pending = piece;
    else {
      result += piece[0] === ',' || piece[0] === '.' ? piece : pending + piece;
      pending = '';
    }
  }
  return result + pending;
}

/** Curly quotes, en dashes, punctuation next to its word. Works on plain text and on HTML, whose tags it leaves alone. */
export function withTypography(text: string): string {
  const tidy = withoutSpaceBeforePunctuation(text);
  const curled = tidy.includes('"') || tidy.includes("'") || tidy.includes('\\') ? curlQuotes(tidy) : tidy;
  return withEnDashes(withStraightQuotesInAddresses(curled));
}

/** O'Neill keeps his apostrophe in an email address. */
function withStraightQuotesInAddresses(text: string): string {
  if (!text.includes('@') || !/[‘’]/.test(text)) return text;
  return text.replace(/[^\s]+/g, (word) => (word.includes('@') ? word.replace(/[‘’]/g, "'") : word));
}

/** White space, one to three dashes and white space become a spaced en dash. */
function withEnDashes(text: string): string {
  let result = '';
  let end = 0;
  // Found by the dashes: a pattern that begins with white space takes quadratic time on long runs of it.
  for (const { 0: dashes, index } of text.matchAll(/(?<=\s)[-–—]{1,3}(?=\s)/g)) {
    // The white space between two dashes belongs to the first.
    if (index <= end) continue;
    result += `${text.slice(end, index).trimEnd()} – `;
    end = index + dashes.length;
    while (end < text.length && /\s/.test(text[end] ?? '')) end += 1;
  }
  return end === 0 ? text : result + text.slice(end);
}
