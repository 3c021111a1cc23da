/** One member of a JSON object, with the places of its parts in the text. */
export interface JsonMember {
  key: string;
  keyStart: number;
  valueStart: number;
  valueEnd: number;
}

/**
 * The members of the top-level object of valid JSON text, in the order of the text. Parsing into a JavaScript
 * object would put keys that look like integers first, lose repeated keys and the way numbers are written.
 */
export function readJsonMembers(text: string): JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipSpace(text, 0);
  if (text[at] !== '{') throw new SyntaxError('The text is not a JSON object.');
  at = skipSpace(text, at + 1);
  while (at < text.length && text[at] !== '}') {
    const keyStart = at;
    const keyEnd = skipString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = skipValue(text, valueStart);
    members.push({ key: JSON.parse(text.slice(keyStart, keyEnd)), keyStart, valueStart, valueEnd });
    at = skipSpace(text, valueEnd);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

/**
 * The same text without the members of this key, and the texts of the values that were removed: a repeated key
 * has several. Everything else stays byte for byte.
 */
export function removeJsonMember(text: string, key: string): { text: string; removed: string[] } {
  const kept: string[] = [];
  const removed: string[] = [];
  for (const member of readJsonMembers(text)) {
    if (member.key === key) removed.push(text.slice(member.valueStart, member.valueEnd));
    else kept.push(text.slice(member.keyStart, member.valueEnd));
  }
  return { text: `{${kept.join(',')}}`, removed };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return at;
}

/** The end of the string that starts here: the first quote that an even number of backslashes precedes. */
function skipString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) throw new SyntaxError('The text is not JSON: a string does not end.');
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

function skipValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return skipString(text, start);
  if (first !== '{' && first !== '[') {
    let at = start;
    while (at < text.length && !',}] \n\r\t'.includes(text.charAt(at))) at++;
    return at;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = skipString(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
  throw new SyntaxError('The text is not JSON: an object or array does not end.');
}
