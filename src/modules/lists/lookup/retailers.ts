/** What is known of single shops, because their pages do not say it themselves. */
export interface RetailerRule {
  /** Host, without `www.`; hosts below it are meant too. */
  host: string;
  siteName?: string;
  /** Stands behind every title of the shop. */
  titleSuffix?: string;
  /** Never asked: the shop refuses programs, and its terms do too. */
  isBlocked?: true;
}

const RULES: RetailerRule[] = [
  { host: 'amazon.co.uk', siteName: 'Amazon', isBlocked: true },
  { host: 'amzn.to', siteName: 'Amazon', isBlocked: true },
  { host: 'amzn.eu', siteName: 'Amazon', isBlocked: true },
  { host: 'kidly.co.uk', siteName: 'KIDLY', titleSuffix: ' at KIDLY UK' },
  { host: 'johnlewis.com', siteName: 'John Lewis' },
  { host: 'thewhitecompany.com', siteName: 'The White Company' },
  { host: 'jojomamanbebe.co.uk', siteName: 'JoJo Maman Bebe' },
  { host: 'gltc.co.uk', siteName: 'Great Little Trading Co.' },
  { host: 'scandiborn.co.uk', siteName: 'Scandiborn' },
  { host: 'mamasandpapas.com', siteName: 'Mamas & Papas' },
];

export function retailerRuleFor(url: string): RetailerRule | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return RULES.find(({ host }) => hostname === host || hostname.endsWith(`.${host}`));
}

/** As the original: an address that says `amazon` anywhere is not fetched. Short links of the same shop neither. */
export function isBlockedShop(url: string): boolean {
  return url.toLowerCase().includes('amazon') || retailerRuleFor(url)?.isBlocked === true;
}

/** A name for the shop when nothing else names it: its host. */
export function shopNameOf(url: string): string {
  if (!URL.canParse(url)) return '';
  return retailerRuleFor(url)?.siteName ?? new URL(url).hostname.replace(/^www2?\./, '');
}
