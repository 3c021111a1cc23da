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

function withEnDashes(text: string): string {
  if (!/\s[-–—]{1,3}\s/.test(text)) return text;
  // Split and judge: a pattern that begins with white space takes quadratic time on long runs of it.
  const pieces = text.split(/(\s+)/);
  for (let index = 2; index < pieces.length - 2; index += 2) {
    if (!/^[-–—]{1,3}$/.test(pieces[index] ?? '')) continue;
    if (pieces[index - 1] === '' || pieces[index + 1] === '') continue;
    pieces[index - 1] = pieces[index + 1] = ' ';
    pieces[index] = '–';
  }
  return pieces.join('');
}
