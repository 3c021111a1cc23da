import type { Token } from './tokens.ts';

export interface ImportedModule {
  specifier: string;
  /** Names bound from it, as exported: empty for side-effect and dynamic imports, `*` for a namespace. */
  names: string[];
  /** `import type`: gone at run time. */
  isTypeOnly: boolean;
  /** `new URL('./x.ts', import.meta.url)`: a file that is run by its address, in a process or thread of its own. */
  isAddress: boolean;
  line: number;
}

export interface Imports {
  modules: ImportedModule[];
  /** Lines with an `import(...)` whose argument is not a plain text, which no check can follow. */
  computed: number[];
}

/** Every static import, re-export, `import()`, `require()` and `new URL('x.ts', import.meta.url)` among `tokens`. */
export function findImports(tokens: Token[]): Imports {
  const modules: ImportedModule[] = [];
  const computed: number[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || isPunctuation(tokens[index - 1], '.')) continue;
    const next = tokens[index + 1];
    if (token.text === 'import' || token.text === 'require') {
      if (isPunctuation(next, '(')) {
        const specifier = textArgument(tokens, index + 2);
        if (specifier !== undefined)
          modules.push({ specifier, names: [], isTypeOnly: false, isAddress: false, line: token.line });
        else computed.push(token.line);
      } else if (token.text === 'import' && !isPunctuation(next, '.')) {
        const found = staticImport(tokens, index);
        if (found !== undefined) modules.push(found);
      }
    } else if (token.text === 'export') {
      const found = reExport(tokens, index);
      if (found !== undefined) modules.push(found);
    } else if (token.text === 'URL' && isPunctuation(next, '(')) {
      const specifier = tokens[index + 2];
      if (specifier?.kind === 'string' && /^\.{1,2}\/.*\.[cm]?[jt]s$/.test(specifier.text)) {
        modules.push({
          specifier: specifier.text,
          names: [],
          isTypeOnly: false,
          isAddress: true,
          line: token.line,
        });
      }
    }
  }
  return { modules, computed };
}

function isPunctuation(token: Token | undefined, text: string): boolean {
  return token?.kind === 'punctuation' && token.text === text;
}

/** The text at `index` when it is the whole first argument. */
function textArgument(tokens: Token[], index: number): string | undefined {
  const argument = tokens[index];
  const after = tokens[index + 1];
  if (argument?.kind !== 'string' && argument?.kind !== 'template') return undefined;
  return isPunctuation(after, ')') || isPunctuation(after, ',') ? argument.text : undefined;
}

function staticImport(tokens: Token[], start: number): ImportedModule | undefined {
  const line = tokens[start]?.line ?? 0;
  const first = tokens[start + 1];
  if (first?.kind === 'string')
    return { specifier: first.text, names: [], isTypeOnly: false, isAddress: false, line };
  // `import type from 'x'` binds the name `type`; `import type {` and `import type X` are erased.
  const afterType = tokens[start + 2];
  const isTypeOnly = first?.text === 'type' && afterType?.text !== 'from' && !isPunctuation(afterType, ',');
  for (let index = start + 1; index < tokens.length; index += 1) {
    const token = tokens[index];
    const specifier = tokens[index + 1];
    if (token?.text === 'from' && specifier?.kind === 'string') {
      return {
        specifier: specifier.text,
        names: boundNames(tokens.slice(start + 1, index)),
        isTypeOnly,
        isAddress: false,
        line,
      };
    }
    if (isPunctuation(token, ';') || isPunctuation(token, '=') || token?.kind === 'string') return undefined;
  }
  return undefined;
}

function reExport(tokens: Token[], start: number): ImportedModule | undefined {
  const line = tokens[start]?.line ?? 0;
  const isTypeOnly = tokens[start + 1]?.text === 'type';
  const opening = tokens[start + (isTypeOnly ? 2 : 1)];
  if (!isPunctuation(opening, '{') && !isPunctuation(opening, '*')) return undefined;
  for (let index = start + 1; index < tokens.length; index += 1) {
    const token = tokens[index];
    const specifier = tokens[index + 1];
    if (token?.text === 'from' && specifier?.kind === 'string') {
      return {
        specifier: specifier.text,
        names: boundNames(tokens.slice(start + 1, index)),
        isTypeOnly,
        isAddress: false,
        line,
      };
    }
    // A list without `from` ends at its brace and exports only what the file has itself.
    const isOver = isPunctuation(token, '}') && specifier?.text !== 'from';
    if (isOver || isPunctuation(token, ';') || isPunctuation(token, '=')) return undefined;
  }
  return undefined;
}

/** In `a as b` the exported name is `a`; a default import reads the name `default`. */
function boundNames(clause: Token[]): string[] {
  const names: string[] = [];
  let isInBraces = false;
  for (const [index, token] of clause.entries()) {
    if (token.text === '{' || token.text === '}') isInBraces = token.text === '{';
    else if (token.text === '*') names.push('*');
    else if (token.kind !== 'word' || token.text === 'as') continue;
    else if (clause[index - 1]?.text === 'as') continue;
    else if (token.text === 'type' && clause[index + 1]?.kind === 'word') continue;
    else if (token.text === 'type' && !isInBraces) continue;
    else names.push(isInBraces ? token.text : 'default');
  }
  return names;
}
