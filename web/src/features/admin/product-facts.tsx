import { TextField } from '../../parts/field.tsx';
import type { Problems } from '../../parts/form.ts';
import { say } from '../../words/index.ts';

const NAMES = ['brand', 'details', 'retailer', 'price', 'productUrl', 'imageUrl'] as const;
type Name = (typeof NAMES)[number];
export type Facts = Record<Name, string>;

const LABELS = {
  brand: 'adminBrand',
  details: 'details',
  retailer: 'adminRetailer',
  price: 'adminPrice',
  productUrl: 'pasteLink',
  imageUrl: 'adminImage',
} as const;

/** Rules of spec section 12.14. */
export function checkFacts(facts: Facts): Problems<Name> {
  return {
    brand: facts.brand.trim() === '' ? say('adminNeeded') : '',
    details: facts.details.trim() === '' ? say('adminNeeded') : '',
    retailer: facts.retailer.trim() === '' ? say('adminNeeded') : '',
    price: /^\d+\.\d{2}$/.test(facts.price) ? '' : say('adminPriceForm'),
    productUrl: URL.canParse(facts.productUrl) ? '' : say('adminLinkForm'),
    imageUrl: facts.imageUrl.startsWith('//') || URL.canParse(facts.imageUrl) ? '' : say('adminLinkForm'),
  };
}

/** The host as the shop's name, without what stands before it. */
export function retailerOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const host = new URL(url).hostname.replace(/^www2?\./, '');
  return host === 'amzn.to' ? 'amazon.co.uk' : host;
}

/** An `<img …>` snippet, as some shops hand out, is reduced to its address. */
function imageIn(text: string): string {
  return /<img[^>]*\ssrc="([^"]+)"/.exec(text)?.[1] ?? text;
}

interface Props {
  facts: Facts;
  problems: Problems<Name>;
  onFacts: (facts: Facts) => void;
}

export function ProductFields({ facts, problems, onFacts }: Props) {
  return NAMES.map((name) => (
    <TextField
      key={name}
      id={name}
      label={say(LABELS[name])}
      value={facts[name]}
      error={problems[name]}
      onText={(text) => onFacts({ ...facts, [name]: name === 'imageUrl' ? imageIn(text) : text })}
    />
  ));
}
