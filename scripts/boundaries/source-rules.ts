import { areaOf, isTestFile } from './areas.ts';
import { type ImportPolicy, importProblem } from './import-rules.ts';
import { findImports } from './imports.ts';
import { LexError, type Token, tokenize } from './tokens.ts';

export interface Problem {
  path: string;
  line: number;
  message: string;
}

const maxLines = 500;

/** Everything in one file that breaks the boundaries of CONTRIBUTING.md. */
export function checkSource(path: string, source: string, policy: ImportPolicy): Problem[] {
  const problems: Problem[] = [];
  const add = (line: number, message: string) => problems.push({ path, line, message });

  const lines = countLines(source);
  if (lines > maxLines && !isDataTable(path)) {
    add(maxLines + 1, `has ${lines} lines, at most ${maxLines} are allowed: look for a second noun`);
  }
  let tokens: Token[];
  try {
    tokens = tokenize(source);
  } catch (error) {
    if (!(error instanceof LexError)) throw error;
    return [
      ...problems,
      { path, line: 1, message: `cannot be read by the boundaries check: ${error.message}` },
    ];
  }
  const imports = findImports(tokens);
  for (const imported of imports.modules) {
    const why = importProblem(path, imported, policy);
    if (why !== undefined) add(imported.line, `import of '${imported.specifier}': ${why}`);
  }
  if (path.startsWith('src/') && !isTestFile(path)) {
    for (const line of imports.computed)
      add(line, 'import of a computed name: wiring is explicit, name the file');
  }
  if (!mayReadEnvironment(path)) {
    for (const line of usesOfProcess(tokens, 'env')) {
      add(line, 'reads the environment: only platform/config does, and the commands hand it over');
    }
  }
  if (path.startsWith('src/') && areaOf(path).kind !== 'main' && !isTestFile(path)) {
    for (const line of usesOfProcess(tokens, 'exit')) add(line, 'ends the process: only main.ts does');
  }
  if (!maySpeakSql(path)) {
    for (const line of sqlLines(tokens)) add(line, 'SQL outside a *-queries.ts file');
  }
  return problems;
}

export function countLines(source: string): number {
  return source.split('\n').length - (source.endsWith('\n') ? 1 : 0);
}

/** Tables of facts are as long as the facts: they are named `*-data.ts` or live in src/reference. */
export function isDataTable(path: string): boolean {
  return path.endsWith('-data.ts') || path.startsWith('src/reference/');
}

function mayReadEnvironment(path: string): boolean {
  if (!path.startsWith('src/') || isTestFile(path)) return true;
  const area = areaOf(path);
  return (
    area.kind === 'main' || area.kind === 'commands' || (area.kind === 'platform' && area.name === 'config')
  );
}

// Writes SQL for people to read and runs none.
const sqlPrinters = new Set(['src/platform/db/schema-dump.ts']);

function maySpeakSql(path: string): boolean {
  return (
    !path.startsWith('src/') || isTestFile(path) || path.endsWith('-queries.ts') || sqlPrinters.has(path)
  );
}

/** `process.env`, `process['env']`, `{ env } = process` and `import { env } from 'node:process'`. */
function usesOfProcess(tokens: Token[], member: string): number[] {
  const lines: number[] = [];
  for (const imported of findImports(tokens).modules) {
    const isProcess = imported.specifier === 'node:process' || imported.specifier === 'process';
    if (isProcess && imported.names.includes(member)) lines.push(imported.line);
  }
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || token.text !== 'process') continue;
    const [previous, beforePrevious] = [tokens[index - 1], tokens[index - 2]];
    const isOtherObject = previous?.text === '.' && beforePrevious?.text !== 'globalThis';
    if (isOtherObject) continue;
    const after = tokens.slice(index + 1, index + 4).filter((following) => following.text !== '?');
    const isMember = after[0]?.text === '.' && after[1]?.text === member;
    const isElement = after[0]?.text === '[' && after[1]?.text === member;
    const isTakenApart = previous?.text === '=' && namesTakenApart(tokens, index - 2).includes(member);
    if (isMember || isElement || isTakenApart) lines.push(token.line);
  }
  return lines;
}

/** The words of the `{ ... }` that closes at `end`. */
function namesTakenApart(tokens: Token[], end: number): string[] {
  if (tokens[end]?.text !== '}') return [];
  const start = tokens.findLastIndex((token, index) => index < end && token.text === '{');
  return tokens.slice(start + 1, end).map((token) => token.text);
}

// Kysely's statement starters, whatever the handle is called.
const statementMethods = new Set([
  'selectFrom',
  'insertInto',
  'updateTable',
  'deleteFrom',
  'mergeInto',
  'replaceInto',
]);

// The house style writes SQL in lower case; a sentence for people starts with a capital and so is not taken for it.
const startsLikeSql = new RegExp(
  [
    'select\\s+(distinct|count|exists|pg_|now\\(|\\d|\\*|[\\s\\S]+\\sfrom\\s)',
    'insert\\s+into\\s',
    'update\\s+\\S+\\s+set\\s',
    'delete\\s+from\\s',
    'with\\s+(recursive\\s+)?\\w+\\s+as\\s*\\(',
    '(create|alter|drop)\\s+(or\\s+replace\\s+|unique\\s+)?(table|index|schema|database|function|view|type|role|extension|sequence|trigger|user)\\s',
    'truncate\\s+(table\\s+)?\\w+',
    '(begin|commit|rollback)(;|\\s+(transaction|work))?\\s*$',
    '(listen|notify)\\s+"?[a-z_]+"?(,|;|\\s*$)',
    'set\\s+(local|session)\\s',
  ].join('|'),
);

function sqlLines(tokens: Token[]): number[] {
  const lines = new Set<number>();
  for (const imported of findImports(tokens).modules) {
    if (imported.specifier === 'kysely' && imported.names.includes('sql')) lines.add(imported.line);
  }
  for (const [index, token] of tokens.entries()) {
    const previous = tokens[index - 1]?.text;
    const isStatement = token.kind === 'word' && previous === '.' && statementMethods.has(token.text);
    const isTagged = token.kind === 'word' && token.text === 'sql' && isTemplateAhead(tokens, index + 1);
    if (isStatement || isTagged || isSqlText(token)) lines.add(token.line);
  }
  return [...lines];
}

function isTemplateAhead(tokens: Token[], index: number): boolean {
  if (tokens[index]?.kind === 'template') return true;
  if (tokens[index]?.text !== '<') return false;
  let depth = 0;
  for (let at = index; at < Math.min(index + 60, tokens.length); at += 1) {
    if (tokens[at]?.text === '<') depth += 1;
    if (tokens[at]?.text === '>') depth -= 1;
    if (depth === 0) return tokens[at + 1]?.kind === 'template';
  }
  return false;
}

function isSqlText(token: Token): boolean {
  if (token.kind !== 'string' && token.kind !== 'template') return false;
  const text = token.text.trimStart();
  const firstWord = /^[A-Za-z]+/.exec(text)?.[0] ?? '';
  const isOneCase = firstWord === firstWord.toLowerCase() || firstWord === firstWord.toUpperCase();
  const match = isOneCase ? startsLikeSql.exec(text.toLowerCase()) : null;
  return match?.index === 0;
}
