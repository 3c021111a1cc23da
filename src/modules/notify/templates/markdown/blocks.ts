/** What a Markdown text is made of. Texts inside are still to be read for links (`inline.ts`). */
export type Block =
  | { readonly kind: 'gap' }
  | { readonly kind: 'rule' }
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'table' }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly ListItem[] }
  | { readonly kind: 'html'; readonly text: string }
  | { readonly kind: 'footnote'; readonly key: string; readonly blocks: readonly Block[] }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string };

export interface ListItem {
  /** Its lines become paragraphs. */
  readonly loose: boolean;
  readonly blocks: readonly Block[];
}

export interface LinkTarget {
  readonly url: string;
  readonly title: string | undefined;
}

/** What a document defines for use elsewhere in it. */
export interface Definitions {
  readonly links: Map<string, LinkTarget>;
  readonly footnotes: Set<string>;
}

/** The form in which names of links and footnotes are compared. */
export function definitionKey(name: string): string {
  return name.toLowerCase().replace(/\s+/g, ' ');
}
