import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Article, ArticlePart } from '../articles/articles.ts';
import { type Caller, resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { selectProducts } from '../products/product-queries.ts';
import type { ProductRow } from '../tables.ts';
import { pictureOf, webUrl } from './gift-card.ts';
import { Html, html } from './html.ts';
import { type PageFrame, sendPage } from './layout.ts';
import { notFoundPage } from './not-found-page.ts';
import { absolutePicture, frameFor } from './shared-list-page.ts';

const LEGAL = ['terms', 'privacy', 'cookies'];

/** Articles (spec section 12.13) and the operator's legal pages, for people and for search engines. */
export function registerArticlePages(app: FastifyInstance, ctx: ListsContext): void {
  const hidden = { schema: { hide: true } };
  app.get('/list-ideas', hidden, async (request, reply) => showIndex(await open(ctx, request), reply));
  app.get('/list-ideas/:slug', hidden, async (request, reply) => {
    const frame = await open(ctx, request);
    const { slug = '' } = request.params as { slug?: string };
    const article = await ctx.articles.article(slug, { withDrafts: mayPreview(frame.caller) });
    return article ? showArticle(frame, reply, article) : notFoundPage(frame, reply);
  });
  for (const name of LEGAL) {
    app.get(`/${name}`, hidden, async (request, reply) => {
      const frame = await open(ctx, request);
      const page = await ctx.articles.legalPage(name);
      if (!page) return notFoundPage(frame, reply);
      const main = html`<div class="narrow prose"><h1>${page.title}</h1>${new Html(page.html)}</div>`;
      return sendPage(frame, reply, {
        title: page.title,
        isPrivate: false,
        main,
        canonical: `${ctx.publicOrigin}/${name}`,
      });
    });
  }
}

async function open(ctx: ListsContext, request: FastifyRequest): Promise<PageFrame> {
  const { caller } = await resolveCaller(ctx, request);
  return frameFor(ctx, request, caller);
}

function mayPreview(caller: Caller | undefined): boolean {
  return caller?.roles.some((role) => role === 'editor' || role === 'admin') ?? false;
}

async function showIndex(frame: PageFrame, reply: FastifyReply): Promise<FastifyReply> {
  const { ctx, base, speech } = frame;
  const articles = await ctx.articles.index();
  return sendPage(frame, reply, {
    title: speech.words.articlesTitle,
    isPrivate: false,
    canonical: `${ctx.publicOrigin}/list-ideas`,
    main: html`<h1>${speech.words.articlesTitle}</h1><p class="intro">${speech.words.articlesIntro}</p>
<ul class="articles">${articles.map(
      (
        article,
      ) => html`<li>${article.img !== undefined && html`<img src="${pictureHref(frame, article.img)}" alt="" width="300" height="200" loading="lazy">`}
<div><h2><a href="${base}/list-ideas/${article.slug}">${article.title}</a></h2><p class="quiet-text">${article.description_short}</p><p>${article.beginning_content}</p></div></li>`,
    )}</ul>`,
  });
}

async function showArticle(frame: PageFrame, reply: FastifyReply, article: Article): Promise<FastifyReply> {
  const { ctx, base, caller, speech } = frame;
  const ids = article.parts.flatMap((part) => (part.kind === 'products' ? part.ids : []));
  const products = new Map((await selectProducts(ctx.db.kysely, ids)).map((row) => [row.id, row]));
  const image = absolutePicture(ctx, article.img ?? '/images/other-default-2.png');
  return sendPage(frame, reply, {
    title: article.title,
    isPrivate: article.draft === true,
    canonical: `${ctx.publicOrigin}/list-ideas/${article.slug}`,
    preview: { title: article.title, description: article.description_short, image, type: 'article' },
    structured: {
      '@context': 'https://schema.org',
      '@type': 'Article',
      headline: article.title,
      description: article.description_short,
      datePublished: article.date,
      image,
      url: `${ctx.publicOrigin}/list-ideas/${article.slug}`,
      ...(article.author === undefined ? {} : { author: { '@type': 'Organization', name: article.author } }),
    },
    main: html`<article class="narrow prose"><h1>${article.title}</h1>
${article.img !== undefined && html`<img class="article-picture" src="${pictureHref(frame, article.img)}" alt="" width="640" height="427">`}
<p class="quiet-text">${[article.author, dayText(article.date, speech.locale)].filter(Boolean).join(' · ')}</p>
${
  article.headings.length > 1 &&
  html`<nav aria-label="${article.title}"><ul>${article.headings.map(({ id, text }) => html`<li><a href="#${id}">${text}</a></li>`)}</ul></nav>`
}
${article.parts.map((part) => showPart(frame, part, products))}
${ids.length > 0 && html`<p class="quiet-text">${speech.words.advertising}</p>`}
<p><a class="button" href="${base}${caller ? '/?create=true' : '/signup'}" data-cy="create-list-button">${speech.words.makeList}</a></p></article>`,
  });
}

/** A picture of this site by its path, below wherever the site is mounted; any other by its address. */
function pictureHref({ base }: PageFrame, img: string): string {
  return img.startsWith('/') && !img.startsWith('//') ? base + img : img;
}

/** `2026-01-02` as people here write it. */
function dayText(date: string, locale: string): string {
  const format = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
    dateStyle: 'long',
    timeZone: 'UTC',
  });
  return format.format(new Date(`${date}T00:00:00Z`));
}

/** A product that is missing is left out; the article is not spoiled by it. */
function showPart(frame: PageFrame, part: ArticlePart, products: Map<string, ProductRow>): Html {
  // Made from the operator's own Markdown, with any raw HTML in it escaped.
  if (part.kind === 'html') return new Html(part.html);
  const found = part.ids.flatMap((id) => products.get(id) ?? []);
  return html`<ul class="cards">${found.map((product) => productCard(frame, product))}</ul>`;
}

function productCard(frame: PageFrame, product: ProductRow): Html {
  const { speech, base, caller } = frame;
  const shop = webUrl(product.product_url);
  const addHref = caller ? `${base}/add?product=${encodeURIComponent(product.id)}` : `${base}/signup`;
  return html`<li class="card"><div class="picture"><img src="${pictureOf(frame, product.image_url)}" alt="" width="320" height="320" loading="lazy" referrerpolicy="no-referrer"></div>
<div class="card-body"><h3>${product.brand}</h3><p class="details">${product.details}</p>
${product.price !== null && html`<p class="price">${speech.price(product.price, product.currency)}</p>`}
${shop !== undefined && html`<p class="shop"><a href="${shop}" target="_blank" rel="sponsored noopener">${speech.words.seeShop}<span class="unseen"> ${product.brand} ${speech.words.opensInTab}</span></a></p>`}
<div class="control"><a class="button quiet" href="${addHref}" data-cy="button-add-to-list">${speech.words.addToList}<span class="unseen">: ${product.brand}</span></a></div></div></li>`;
}
