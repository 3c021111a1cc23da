// Reads from the source what answers of which status, code and message the program has.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './app-parts.ts';

export interface ErrorEntry {
  /** `platform` or the name of a module. */
  owner: string;
  status: string;
  code: string;
  /** Values that are put in stand in angle brackets. */
  message: string;
}

type Reading = { status: string | undefined; code: string | undefined; message: string | undefined };

const PARTIES_STATUS = await readPartiesStatus();

/** The table of codes in the module's own words, since a script may not look into a module. */
async function readPartiesStatus(): Promise<Record<string, string>> {
  const text = await readFile(join(root, 'src/modules/parties/errors.ts'), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^ {2}([A-Z_]+): (\d{3}),$/gm)].map(([, code, status]) => [code, status]),
  );
}

/** How each way to make an error that becomes an answer lays out what it is given. */
const FORMS: Record<string, (args: string[]) => Reading> = {
  'new HttpError': ([status, code, message]) => ({ status, code, message }),
  'new ListsError': ([status, code, message]) => ({ status, code, message }),
  make: ([status, code, message]) => ({ status, code, message }),
  'PartiesError.of': ([code, message]) => ({ status: partiesStatus(code), code, message }),
  'PartiesError.invalid': ([message]) => ({ status: '400', code: "'VALIDATION_ERROR'", message }),
  'new BadRequestError': ([message, status = '400']) => ({ status, code: "'BadRequestError'", message }),
  'new AuthError': ([status, message]) => ({ status, code: "'AuthError'", message }),
  'new ValidationError': ([message]) => ({ status: '400', code: "'ValidationError'", message }),
  'new InvalidRequestError': ([message]) => ({ status: '400', code: "'validation_failure'", message }),
  'new StateError': ([message]) => ({ status: '409', code: "'conflict'", message }),
  super: ([first = '', entries = '']) =>
    first.startsWith('{')
      ? { status: member(first, 'status'), code: member(first, 'code'), message: member(first, 'message') }
      : { status: first, code: member(entries, 'error'), message: member(entries, 'message') },
};

/** Every error of the program, sorted: those whose status, code and message stand in the source. */
export async function readErrorIndex(): Promise<ErrorEntry[]> {
  const source = join(root, 'src');
  const files = (await readdir(source, { recursive: true }))
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\/|^simulators\//.test(path))
    .sort();
  const found = new Map<string, ErrorEntry>();
  for (const path of files) {
    const owner = /^modules\/([^/]+)\//.exec(path)?.[1] ?? 'platform';
    for (const reading of readErrors(await readFile(join(source, path), 'utf8'))) {
      const entry = { owner, ...reading };
      found.set(JSON.stringify(entry), entry);
    }
  }
  return [...found.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function* readErrors(text: string): Generator<Omit<ErrorEntry, 'owner'>> {
  for (const match of text.matchAll(/(?:\bnew \w+Error|\bPartiesError\.\w+|\bmake|\bsuper)(?=\()/g)) {
    const form = FORMS[match[0]];
    if (!form) continue;
    const { status, code, message } = form(splitArguments(text, match.index + match[0].length));
    const shownStatus = /^\d{3}$/.exec(status ?? '')?.[0];
    const [shownCode, shownMessage] = [literal(code), literal(message)];
    if (shownStatus && shownCode !== undefined && shownMessage !== undefined) {
      yield { status: shownStatus, code: shownCode, message: shownMessage };
    }
  }
}

/** The arguments of a call as they are written, from its bracket on. */
function splitArguments(text: string, start: number): string[] {
  const args: string[] = [];
  let depth = 0;
  let quote = '';
  let from = start + 1;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (/['"`]/.test(char)) quote = char;
    else if (/[([{]/.test(char)) depth += 1;
    else if (/[)\]}]/.test(char)) depth -= 1;
    const isEnd = depth === 0;
    if (isEnd || (depth === 1 && quote === '' && char === ',')) {
      args.push(text.slice(from, at).trim());
      from = at + 1;
    }
    if (isEnd) break;
  }
  return args.filter((arg) => arg !== '');
}

/** What a member of an object in the source is given; its own name where it stands alone. */
function member(source: string, name: string): string | undefined {
  const quoted = new RegExp(`\\b${name}: ('(?:[^'\\\\]|\\\\.)*'|\`[^\`]*\`|"[^"]*"|\\d+)`).exec(source);
  return quoted?.[1] ?? (new RegExp(`\\b${name}\\b`).test(source) ? name : undefined);
}

/** A text of the source as people read it: values that it takes in stand in angle brackets. */
function literal(source: string | undefined): string | undefined {
  if (source === undefined) return undefined;
  const pieces = [...source.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)];
  // A variable alone: the message is another error's, or made for the case.
  if (pieces.length === 0 || !/^['"`]/.test(source)) return /^\w+$/.test(source) ? `<${source}>` : undefined;
  return pieces
    .map(([, single, double, template]) => single ?? double ?? template ?? '')
    .join('')
    .replace(/\$\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g, (_, value: string) => `<${nameOf(value)}>`)
    .replaceAll(/\\(.)/g, '$1');
}

function nameOf(expression: string): string {
  return /(\w+)(?:\([^()]*\))?$/.exec(expression.trim())?.[1] ?? 'value';
}

function partiesStatus(code: string | undefined): string | undefined {
  return PARTIES_STATUS[literal(code) ?? ''];
}

function keyOf({ owner, status, code, message }: ErrorEntry): string {
  return `${owner === 'platform' ? '' : owner} ${status} ${code} ${message}`;
}
