import { qrCodeData } from '../templates/letter.ts';
import type { Block, Definitions } from '../templates/markdown/blocks.ts';
import { type InlineWriter, writeInline } from '../templates/markdown/inline.ts';
import { parseBlocks } from '../templates/markdown/parse-blocks.ts';
import { withTypography } from '../templates/typography.ts';

/** A stretch of text in one weight. */
export interface Run {
  readonly text: string;
  readonly isBold: boolean;
}

/** Lines that were broken by hand; each wraps by itself. */
export type Lines = readonly (readonly Run[])[];

/** What a letter's text is made of, ready to be laid out (public API 6.6.4). */
export type LetterPart =
  | { readonly kind: 'heading' | 'paragraph'; readonly lines: Lines }
  | { readonly kind: 'item'; readonly lines: Lines; readonly marker: string; readonly depth: number }
  | { readonly kind: 'qr-code'; readonly data: string }
  | { readonly kind: 'page-break' };

// Marks inside a text that say what its plain characters cannot; the private use area has no meaning of its own.
const BREAK = '\ue000';
const BOLD = '\ue001';
const NOT_BOLD = '\ue002';
const MARKS = /[\ue000-\ue002]/g;

const writer: InlineWriter = {
  text: (text) => text,
  html: (html) => html,
  lineBreak: () => BREAK,
  link: ({ url, content }) => `[${content}](${url})`,
  autolink: (url) => `${BOLD}${url.replace(/^https?:\/\//i, '')}${NOT_BOLD}`,
};

/** The parts of a letter's Markdown, its placeholders filled. */
export function letterParts(filled: string): LetterPart[] {
  const { blocks, definitions } = parseBlocks(`${filled.replace(MARKS, '')}\n`);
  return new PartWriter(definitions).parts(blocks, 0);
}

class PartWriter {
  readonly #definitions: Definitions;

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  parts(blocks: readonly Block[], depth: number): LetterPart[] {
    return blocks.flatMap((block) => this.#part(block, depth));
  }

  #part(block: Block, depth: number): LetterPart[] {
    switch (block.kind) {
      case 'rule':
        return [{ kind: 'page-break' }];
      case 'heading':
        return [{ kind: block.level === 1 ? 'heading' : 'paragraph', lines: this.#lines(block.text) }];
      case 'paragraph':
      case 'line':
        return this.#paragraph(block.text);
      case 'code':
      case 'html':
        return [{ kind: 'paragraph', lines: plainLines(block.text) }];
      case 'quote':
        return this.parts(block.blocks, depth);
      case 'list':
        return block.items.flatMap((item, index) =>
          this.#item(item.blocks, block.ordered ? `${index + 1}.` : '•', depth),
        );
      default:
        // Tables, footnotes and blank lines leave nothing.
        return [];
    }
  }

  #paragraph(text: string): LetterPart[] {
    if (text.trim() === '') return [];
    const data = qrCodeData(text.trim());
    return data === undefined
      ? [{ kind: 'paragraph', lines: this.#lines(text) }]
      : [{ kind: 'qr-code', data }];
  }

  #item(blocks: readonly Block[], marker: string, depth: number): LetterPart[] {
    const own: string[] = [];
    const below: LetterPart[] = [];
    for (const block of blocks) {
      if ((block.kind === 'line' || block.kind === 'paragraph') && below.length === 0) own.push(block.text);
      else below.push(...this.#part(block, depth + 1));
    }
    return [{ kind: 'item', lines: this.#lines(own.join('\n').trim()), marker, depth }, ...below];
  }

  #lines(text: string): Lines {
    const context = {
      writer,
      definitions: this.#definitions,
      footnotesUsed: new Set<string>(),
      inFootnote: false,
    };
    const written = withTypography(writeInline(text, context)).replaceAll('-', '\u2011');
    return written.split(BREAK).map(cutRuns);
  }
}

/** A subject or contact block line in one weight. */
export function plainRun(text: string, isBold = false): readonly Run[] {
  return [{ text: text.replace(MARKS, ''), isBold }];
}

function plainLines(text: string): Lines {
  return text.split('\n').map((line) => plainRun(line));
}

function cutRuns(line: string): Run[] {
  let isBold = false;
  const runs: Run[] = [];
  for (const piece of line.split(/([\ue001\ue002])/)) {
    if (piece === BOLD || piece === NOT_BOLD) isBold = piece === BOLD;
    else if (piece !== '') runs.push({ text: piece, isBold });
  }
  return runs;
}
