// What a product page says of its product: spec section 6.7.
import { findLinkedProduct } from './json-ld.ts';
import { type PageMarkup, scanMarkup } from './markup-scan.ts';
import { currencyIn, parsePrice } from './price.ts';
import { retailerRuleFor } from './retailers.ts';

export interface PageFacts {
  site_name?: string;
  title?: string;
  image?: string;
  price?: string;
  currency?: string;
}

/** Reads a page. The first candidate that is there wins; what cannot be read is left out. */
export function readPageFacts(html: string, url: string): PageFacts {
  const page = scanMarkup(html);
  const linked = findLinkedProduct(page.jsonLd);
  const rule = retailerRuleFor(url);
  const rawPrice =
    firstMeta(page, ['product:price:amount', 'og:price:amount']) ?? linked?.price ?? itemProp(page, 'price');
  const price = rawPrice === undefined ? undefined : parsePrice(rawPrice);
  const currency =
    firstMeta(page, ['product:price:currency', 'og:price:currency']) ??
    linked?.currency ??
    itemProp(page, 'pricecurrency') ??
    (rawPrice === undefined ? undefined : currencyIn(rawPrice));
  const title =
    firstMeta(page, ['og:title']) ??
    linked?.name ??
    firstMeta(page, ['twitter:title']) ??
    itemProp(page, 'name');
  const image =
    firstMeta(page, ['og:image:secure_url', 'og:image']) ??
    linked?.image ??
    firstMeta(page, ['twitter:image', 'twitter:image:src']) ??
    itemProp(page, 'image');
  return withoutEmpty({
    site_name:
      firstMeta(page, ['og:site_name', 'og:site-name']) ??
      rule?.siteName ??
      siteNameOf(page) ??
      linked?.brand,
    title: title === undefined ? undefined : tidyTitle(title, rule?.titleSuffix),
    image: image === undefined ? undefined : absolute(image, url),
    price,
    currency: price === undefined ? undefined : currency?.toUpperCase(),
  });
}

/** The last part of a page title that has a bar. */
function siteNameOf(page: PageMarkup): string | undefined {
  return page.title?.includes('|') ? page.title.split(' | ').at(-1)?.trim() : undefined;
}

function tidyTitle(title: string, suffix: string | undefined): string {
  let tidy = title.split(' | ')[0]?.trim() ?? '';
  tidy = tidy.replace(/^Buy /, '').replace(/ at KIDLY UK$/, '');
  if (suffix !== undefined && tidy.endsWith(suffix)) tidy = tidy.slice(0, -suffix.length);
  return tidy.slice(0, 1).toUpperCase() + tidy.slice(1);
}

function absolute(image: string, url: string): string | undefined {
  if (image.startsWith('//')) return image;
  if (!URL.canParse(image, url)) return undefined;
  const { href, protocol } = new URL(image, url);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

function firstMeta(page: PageMarkup, names: string[]): string | undefined {
  return names.flatMap((name) => page.meta.get(name) ?? []).find((value) => value !== '');
}

function itemProp(page: PageMarkup, name: string): string | undefined {
  return page.itemProps.get(name)?.find((value) => value !== '');
}

const LONGEST = 2_000;

function withoutEmpty(facts: Record<keyof PageFacts, string | undefined>): PageFacts {
  const given = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given.map(([name, value]) => [name, value?.slice(0, LONGEST)]));
}
