/** Rows of the module's own tables, as queries give them back. bigint columns arrive as text. */
export const LIST_STATES = ['open', 'closed'] as const;
export type ListState = (typeof LIST_STATES)[number];

export const PRODUCT_TYPES = ['products', 'notfound'] as const;
export type ProductType = (typeof PRODUCT_TYPES)[number];

export const RESERVATION_STATES = ['reserved', 'cancelled', 'purchased'] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

export interface UserRow {
  id: string;
  email: string;
  name: string | null;
  email_verified_at: Date | null;
  status: 'unconfirmed' | 'active' | 'disabled' | 'erased';
  roles: string[];
  locale: string | null;
  currency: string | null;
  created_at: Date;
  last_sign_in_at: Date | null;
}

export interface GiftListRow {
  id: string;
  owner_id: string;
  title: string;
  description: string;
  occasion: string;
  image_url: string;
  event_date_text: string | null;
  event_date: string | null;
  state: ListState;
  surprise: boolean;
  reveal_at: Date | null;
  currency: string;
  created_at: Date;
  updated_at: Date;
  closed_at: Date | null;
}

export interface GiftRow {
  list_id: string;
  product_id: string;
  type: ProductType;
  quantity: number;
  owner_quantity: number | null;
  reserved: number;
  purchased: number;
  notes: string | null;
  position: number;
  is_most_wanted: boolean;
  group_target: number | null;
  group_pledged: number;
}

export interface ReservationRow {
  id: string;
  list_id: string;
  product_id: string;
  holder_key: string;
  user_id: string | null;
  name: string;
  email: string;
  quantity: number;
  state: ReservationState;
  product_type: ProductType;
  list_title: string;
  list_owner_id: string;
}

/** What is known of a product wherever it comes from. */
export interface ProductFacts {
  brand: string;
  details: string;
  product_url: string;
  image_url: string | null;
  price: string | null;
  currency: string | null;
  retailer: string | null;
}

export interface ProductRow extends ProductFacts {
  id: string;
  retailer: string;
  image_url: string;
  is_search_hidden: boolean;
  price_checked_at: Date | null;
}

export interface NotFoundProductRow extends ProductFacts {
  id: string;
  created_by: string;
}
