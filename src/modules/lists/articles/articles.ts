// Articles and legal pages are Markdown files with front matter: spec sections 12.12 and 12.13. A file is read again
// when it changed, so publishing is putting it there.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Marked } from 'marked';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { escapeHtml } from '../mail/letter.ts';

export const CATEGORIES = ['CHRISTMAS', 'BABY', 'MATERNITY', 'TRAVEL', 'NURSERY', 'PLAY'] as const;

const FrontMatter = Type.Object({
  title: Type.String({ minLength: 1 }),
  category: Type.Union(CATEGORIES.map((name) => Type.Literal(name))),
  titleColour: Type.Optional(Type.String()),
  img: Type.Optional(Type.String()),
  description_short: Type.String(),
  beginning_content: Type.String(),
  date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
  author: Type.Optional(Type.String()),
  draft: Type.Optional(Type.Boolean()),
  position: Type.Optional(Type.Integer()),
});
export type ArticleFacts = Static<typeof FrontMatter> & { slug: string };

/** A piece of an article: text, or a grid of catalogue products that the page looks up. */
export type ArticlePart = { kind: 'html'; html: string } | { kind: 'products'; ids: string[] };

export interface Article extends ArticleFacts {
  headings: { id: string; text: string }[];
  parts: ArticlePart[];
}

export interface Articles {
  /** Published articles in the order of the index. */
  index(): Promise<ArticleFacts[]>;
  /** Drafts only for those who may preview them. */
  article(slug: string, options: { withDrafts: boolean }): Promise<Article | undefined>;
  legalPage(name: string): Promise<{ title: string; html: string } | undefined>;
}

const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export function createArticles(folder: string | undefined): Articles {
  const root = folder ?? fileURLToPath(new URL('./content/', import.meta.url));
  const known = new Map<string, { changedAt: number; article: Article }>();
  const load = async (slug: string): Promise<Article | undefined> => {
    if (!SLUG.test(slug)) return undefined;
    const path = join(root, 'articles', `${slug}.md`);
    const info = await stat(path).catch(() => undefined);
    if (!info) return undefined;
    const cached = known.get(slug);
    if (cached?.changedAt === info.mtimeMs) return cached.article;
    const article = parseArticle(slug, await readFile(path, 'utf8'));
    known.set(slug, { changedAt: info.mtimeMs, article });
    return article;
  };
  return {
    async index() {
      const names = await readdir(join(root, 'articles')).catch(() => []);
      const articles = await Promise.all(
        names.filter((name) => name.endsWith('.md')).map((name) => load(name.slice(0, -'.md'.length))),
      );
      return articles
        .filter((article): article is Article => article !== undefined && article.draft !== true)
        .sort((a, b) => (a.position ?? 1_000) - (b.position ?? 1_000) || (a.date < b.date ? 1 : -1));
    },
    async article(slug, { withDrafts }) {
      const article = await load(slug);
      return article?.draft === true && !withDrafts ? undefined : article;
    },
    async legalPage(name) {
      if (!SLUG.test(name)) return undefined;
      const text = await readFile(join(root, 'legal', `${name}.md`), 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      const { markdown } = markdownRenderer();
      const [, title = name] = /^#\s+(.+)$/m.exec(text) ?? [];
      const html = await markdown.parse(text.replace(/^#\s+.+$/m, ''));
      return { title, html };
    },
  };
}

/** Throws with the file's name when the front matter is not usable: an author sees it in the log at once. */
export function parseArticle(slug: string, text: string): Article {
  const [, front = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  const facts: unknown = parse(front);
  if (!Value.Check(FrontMatter, facts)) {
    const problems = Value.Errors(FrontMatter, facts).map(
      (error) => `${error.instancePath} ${error.message}`,
    );
    throw new Error(`Article ${slug}: the front matter is not usable: ${problems.join('; ')}`);
  }
  const { markdown, headings } = markdownRenderer();
  const parts = splitDirectives(body).map((part): ArticlePart => {
    if (part.kind === 'products')
      return { kind: 'products', ids: part.text.split(/[\s,]+/).filter((id) => id !== '') };
    if (part.kind === 'checklist') return { kind: 'html', html: checklist(part.text) };
    // Our files, no extension that works asynchronously.
    return { kind: 'html', html: markdown.parse(part.text, { async: false }) };
  });
  return { slug, ...facts, headings, parts };
}

/** `::: products` and `::: checklist` blocks, closed by `:::`. */
function splitDirectives(body: string): { kind: 'text' | 'products' | 'checklist'; text: string }[] {
  const parts: { kind: 'text' | 'products' | 'checklist'; text: string }[] = [];
  let rest = body;
  for (;;) {
    const found = /^::: *(products|checklist) *\n([\s\S]*?)^::: *$/m.exec(rest);
    if (!found) break;
    const [whole, kind = 'text', text = ''] = found;
    parts.push({ kind: 'text', text: rest.slice(0, found.index) });
    parts.push({ kind: kind === 'products' ? 'products' : 'checklist', text });
    rest = rest.slice(found.index + whole.length);
  }
  return [...parts, { kind: 'text' as const, text: rest }].filter(({ text }) => text.trim() !== '');
}

function checklist(text: string): string {
  const items = text
    .split('\n')
    .map((line) => line.replace(/^[-*]\s*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => `<li>${escapeHtml(line)}</li>`);
  return `<ul class="checklist">${items.join('')}</ul>`;
}

/** Headings get ids to jump to; raw HTML in a file is shown as text. */
function markdownRenderer() {
  const headings: { id: string; text: string }[] = [];
  const markdown = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const text = this.parser.parseInline(tokens, this.parser.textRenderer);
        const id =
          text
            .toLowerCase()
            .replaceAll(/[^a-z0-9]+/g, '-')
            .replaceAll(/^-|-$/g, '') || 'section';
        if (depth === 2) headings.push({ id, text });
        return `<h${depth} id="${escapeHtml(id)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      html: ({ text }) => escapeHtml(text),
    },
  });
  return { markdown, headings };
}
