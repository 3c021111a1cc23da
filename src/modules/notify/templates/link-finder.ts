// Finds what mail programs may turn into links: the pattern of public API 6.7.6,
//   \b(?<![@.])(https?:\/\/)?([\w-]+\.)+([a-z]{2,63})(?!@)\b([\/?#][^<\s]*)?
// without trying every start against every end. A run of host characters is cut at its dots once; the last label that
// can end a host is where the greedy pattern ends, and the first place that can begin one is where it begins.

export interface FoundText {
  readonly start: number;
  readonly end: number;
}

const HOST_RUN = /[\p{L}\p{N}_.-]+/gu;
const WORD = /[\p{L}\p{N}_]/u;

/** Every link of a text, from left to right, none within another. Takes time in proportion to its length. */
export function* findLinks(text: string): Generator<FoundText> {
  let free = 0;
  for (const run of text.matchAll(HOST_RUN)) {
    const end = run.index + run[0].length;
    for (let from = Math.max(run.index, free); from < end; ) {
      const { host, next } = readChain(text, { from, end, runStart: run.index, free });
      from = next;
      if (host === undefined) continue;
      free = pathEnd(text, host.end);
      yield { start: host.start, end: free };
      from = Math.max(from, free);
    }
  }
}

interface Label {
  readonly start: number;
  readonly end: number;
}

/** Labels up to the first empty one, the host in them, and where the next such chain starts. */
function readChain(
  text: string,
  place: { from: number; end: number; runStart: number; free: number },
): { host: FoundText | undefined; next: number } {
  const labels: Label[] = [];
  let at = place.from;
  while (at < place.end && text[at] !== '.') {
    const dot = text.indexOf('.', at);
    const end = dot === -1 || dot > place.end ? place.end : dot;
    labels.push({ start: at, end });
    at = end + 1;
  }
  const next = Math.max(at, place.from + 1);
  const last = labels.findLastIndex((label, index) => index > 0 && topLevelEnd(text, label) !== -1);
  const top = labels[last];
  if (top === undefined) return { host: undefined, next };
  const end = topLevelEnd(text, top);
  const first = labels[0];
  const protocol = first?.start === place.runStart ? protocolStart(text, place.runStart, place.free) : -1;
  if (protocol !== -1) return { host: { start: protocol, end }, next };
  const start = labels
    .slice(0, last)
    .map((label) => hostStart(text, label))
    .find((index) => index !== -1);
  return { host: start === undefined ? undefined : { start, end }, next };
}

/** Where the letters end that can be the last part of a host; -1 when they cannot. */
function topLevelEnd(text: string, label: Label): number {
  let end = label.start;
  while (end < label.end && isLetter(text.charCodeAt(end))) end += 1;
  const length = end - label.start;
  if (length < 2 || length > 63) return -1;
  if (end < label.end) return text[end] === '-' ? end : -1;
  return text[end] === '@' ? -1 : end;
}

/** The first boundary between a word and something else in a label from which a host may be read. */
function hostStart(text: string, label: Label): number {
  for (let at = label.start; at < label.end; at += 1) {
    const before = text[at - 1] ?? '';
    if (before === '@' || before === '.' || isInsidePair(text, at)) continue;
    if (isWord(text, at) !== (at > 0 && isWordBefore(text, at))) return at;
  }
  return -1;
}

/** Where `http://` or `https://` starts that ends at `end` and may begin a link. */
function protocolStart(text: string, end: number, free: number): number {
  const length = /https?:\/\/$/i.exec(text.slice(Math.max(free, end - 8), end))?.[0].length;
  if (length === undefined) return -1;
  const start = end - length;
  const before = text[start - 1] ?? '';
  return before === '@' || before === '.' || (start > 0 && isWordBefore(text, start)) ? -1 : start;
}

function pathEnd(text: string, from: number): number {
  if (!'/?#'.includes(text[from] ?? ' ')) return from;
  let end = from;
  while (end < text.length && text[end] !== '<' && !/\s/.test(text[end] ?? '')) end += 1;
  return end;
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function isWord(text: string, at: number): boolean {
  const code = text.codePointAt(at);
  return code !== undefined && WORD.test(String.fromCodePoint(code));
}

function isWordBefore(text: string, at: number): boolean {
  return isWord(text, isInsidePair(text, at - 1) ? at - 2 : at - 1);
}

/** Whether an index is the second half of a character. */
function isInsidePair(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}
