/** What a page's JSON-LD says of its product, in the words of schema.org. */
export interface LinkedProduct {
  name?: string;
  brand?: string;
  image?: string;
  price?: string;
  currency?: string;
}

const DEEPEST = 8;

/** The first `Product` in any of the scripts; a script that is no JSON says nothing. */
export function findLinkedProduct(scripts: string[]): LinkedProduct | undefined {
  for (const script of scripts) {
    const product = findProduct(parse(script), 0);
    if (product) return readProduct(product);
  }
  return undefined;
}

function parse(script: string): unknown {
  try {
    return JSON.parse(script.replaceAll(/\p{Cc}/gu, ' '));
  } catch {
    return undefined;
  }
}

type Json = Record<string, unknown>;

function findProduct(value: unknown, depth: number): Json | undefined {
  if (depth > DEEPEST || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const member of value) {
      const found = findProduct(member, depth + 1);
      if (found) return found;
    }
    return undefined;
  }
  const object = value as Json;
  const types = [object['@type']].flat();
  if (types.some((type) => typeof type === 'string' && /(^|[/:])(Product|ProductGroup)$/.test(type)))
    return object;
  return findProduct(object['@graph'], depth + 1) ?? findProduct(object.mainEntity, depth + 1);
}

function readProduct(product: Json): LinkedProduct {
  const offer = firstObject(product.offers) ?? firstObject(firstObject(product.hasVariant)?.offers);
  const specification = firstObject(offer?.priceSpecification);
  const inner = firstObject(offer?.offers);
  const found: Record<string, string | undefined> = {
    name: textOf(product.name),
    brand: textOf(product.brand) ?? textOf(firstObject(product.brand)?.name),
    image: imageOf(product.image),
    price: firstText(offer?.price, offer?.lowPrice, specification?.price, inner?.price),
    currency: firstText(offer?.priceCurrency, specification?.priceCurrency, inner?.priceCurrency),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function imageOf(value: unknown): string | undefined {
  const [first] = [value].flat();
  return textOf(first) ?? textOf(firstObject(first)?.url) ?? textOf(firstObject(first)?.contentUrl);
}

function firstObject(value: unknown): Json | undefined {
  const [first] = [value].flat();
  return typeof first === 'object' && first !== null ? (first as Json) : undefined;
}

function firstText(...values: unknown[]): string | undefined {
  return values.map(textOf).find((value) => value !== undefined);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
