import type { Block, Definitions, ListItem } from './blocks.ts';
import { type InlineContext, type InlineWriter, writeInline } from './inline.ts';
import { parseBlocks } from './parse-blocks.ts';

/** How the blocks of a document are written; the parts they are made of have been written before. */
export interface BlockWriter extends InlineWriter {
  gap(): string;
  rule(): string;
  heading(content: string, level: number): string;
  paragraph(content: string): string;
  quote(content: string): string;
  list(items: readonly string[], ordered: boolean): string;
  code(text: string): string;
}

/** A Markdown text in the form of the writer. Takes time in proportion to its length; never throws. */
export function renderMarkdown(markdown: string, writer: BlockWriter): string {
  const { blocks, definitions } = parseBlocks(markdown);
  const renderer = new Renderer(writer, definitions);
  return renderer.blocks(blocks) + renderer.footnotes();
}

class Renderer {
  readonly #writer: BlockWriter;
  readonly #context: InlineContext;
  readonly #notes = new Map<string, string>();

  constructor(writer: BlockWriter, definitions: Definitions) {
    this.#writer = writer;
    this.#context = { writer, definitions, footnotesUsed: new Set(), inFootnote: false };
  }

  blocks(blocks: readonly Block[], context = this.#context): string {
    let written = '';
    for (const block of blocks) written += this.#block(block, context);
    return written;
  }

  /** The notes that the text refers to, in the order in which it does. */
  footnotes(): string {
    return [...this.#context.footnotesUsed].map((key) => this.#notes.get(key) ?? '').join('');
  }

  #block(block: Block, context: InlineContext): string {
    const writer = this.#writer;
    switch (block.kind) {
      case 'gap':
        return writer.gap();
      case 'rule':
        return writer.rule();
      case 'heading':
        return writer.heading(writeInline(block.text, context), block.level);
      case 'paragraph':
      case 'line':
        return writer.paragraph(writeInline(block.text, context));
      case 'code':
        return writer.code(block.text);
      case 'html':
        return writer.html(block.text);
      case 'quote':
        return writer.quote(this.blocks(block.blocks, context));
      case 'list':
        return writer.list(
          block.items.map((item) => this.#item(item, context)),
          block.ordered,
        );
      case 'footnote':
        this.#notes.set(block.key, this.blocks(block.blocks, { ...context, inFootnote: true }));
        return '';
      default:
        // Tables are dropped.
        return '';
    }
  }

  #item(item: ListItem, context: InlineContext): string {
    if (item.loose) return this.blocks(item.blocks, context);
    let written = '';
    let lines: string[] = [];
    const flush = () => {
      if (lines.length > 0) written += writeInline(lines.join('\n'), context);
      lines = [];
    };
    for (const block of item.blocks) {
      if (block.kind === 'line') {
        lines.push(block.text);
        continue;
      }
      flush();
      written += this.#block(block, context);
    }
    flush();
    return written;
  }
}
