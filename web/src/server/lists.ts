// Shapes that several screens read: see the tags `lists` of the OpenAPI document.
export interface GiftList {
  listId: string;
  title: string;
  description: string;
  occasion: string;
  imageUrl: string;
  state: 'open' | 'closed';
  eventDate?: string;
}

export interface Claim {
  reservationId: string;
  quantity: number;
  state: 'reserved' | 'cancelled' | 'purchased';
  name: string;
}

export interface Gift {
  productId: string;
  type: 'products' | 'notfound';
  product: {
    brand: string;
    details: string;
    productUrl: string;
    imageUrl: string | null;
    price: string | null;
    currency: string | null;
  } | null;
  quantity: number;
  reserved: number;
  purchased: number;
  notes: string | null;
  mostWanted: boolean;
  group: { target: number; pledged: number } | null;
  givers: Claim[];
}

export interface ListView {
  list: GiftList & {
    currency: string;
    surprise: boolean;
    revealAt: string | null;
    isHidden: boolean;
  };
  role: 'owner' | 'co_owner' | 'visitor';
  gifts: Gift[];
}

export const OCCASIONS = ['Baby Shower', 'Birthday', 'Christmas', 'Baptism', 'Christening', 'Other'] as const;
export const CURRENCIES = [
  'GBP',
  'EUR',
  'USD',
  'CHF',
  'CAD',
  'AUD',
  'NZD',
  'SEK',
  'NOK',
  'DKK',
  'PLN',
  'JPY',
] as const;

export function occasionPicture(occasion: string): string {
  const name = occasion.toLowerCase().replaceAll(/\s+/g, '');
  const known = OCCASIONS.some((one) => one.toLowerCase().replaceAll(' ', '') === name);
  return `/images/${known ? name : 'other'}-default-2.png`;
}
