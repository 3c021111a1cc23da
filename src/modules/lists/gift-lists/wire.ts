// The shapes of the original's wire: spec section 3.2. Fields in its order, absent ones absent.
import { Type } from 'typebox';
import type { GiftListRow, GiftRow, NotFoundProductRow, ProductRow, ReservationRow } from '../tables.ts';

const text = Type.String();

export const ListShape = Type.Object({
  listId: text,
  title: text,
  description: text,
  occasion: text,
  imageUrl: text,
  listOwner: text,
  state: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
  eventDate: Type.Optional(text),
});

export const ListProductShape = Type.Object({
  productId: text,
  quantity: Type.Integer(),
  reserved: Type.Integer(),
  purchased: Type.Integer(),
  type: Type.Union([Type.Literal('products'), Type.Literal('notfound')]),
  notes: Type.Optional(text),
});

export const ReservationShape = Type.Object({
  reservationId: text,
  productId: text,
  userId: text,
  listId: text,
  listOwnerId: text,
  name: text,
  email: text,
  quantity: Type.Integer(),
  state: Type.Union([Type.Literal('reserved'), Type.Literal('cancelled'), Type.Literal('purchased')]),
  listTitle: text,
  productType: text,
});

export const ProductShape = Type.Object({
  productId: text,
  brand: text,
  details: text,
  imageUrl: text,
  productUrl: text,
  price: Type.Optional(text),
  retailer: Type.Optional(text),
});

export function presentList(list: GiftListRow) {
  return {
    listId: list.id,
    title: list.title,
    description: list.description,
    occasion: list.occasion,
    imageUrl: list.image_url,
    listOwner: list.owner_id,
    state: list.state,
    ...(list.event_date_text === null ? {} : { eventDate: list.event_date_text }),
  };
}

export function presentGift(gift: GiftRow) {
  return {
    productId: gift.product_id,
    quantity: gift.quantity,
    reserved: gift.reserved,
    purchased: gift.purchased,
    type: gift.type,
    ...(gift.notes === null ? {} : { notes: gift.notes }),
  };
}

export function presentReservation(reservation: ReservationRow) {
  return {
    reservationId: reservation.id,
    productId: reservation.product_id,
    userId: reservation.holder_key,
    listId: reservation.list_id,
    listOwnerId: reservation.list_owner_id,
    name: reservation.name,
    email: reservation.email,
    quantity: reservation.quantity,
    state: reservation.state,
    listTitle: reservation.list_title,
    productType: reservation.product_type,
  };
}

export function presentUser(user: { id: string; email: string; name: string | null }) {
  return { userId: user.id, email: user.email, name: user.name ?? user.email };
}

export function presentProduct(product: ProductRow) {
  return {
    productId: product.id,
    brand: product.brand,
    details: product.details,
    imageUrl: product.image_url,
    productUrl: product.product_url,
    ...(product.price === null ? {} : { price: product.price }),
    ...(product.retailer === '' ? {} : { retailer: product.retailer }),
  };
}

export function presentNotFound(product: NotFoundProductRow) {
  return {
    productId: product.id,
    brand: product.brand,
    details: product.details,
    productUrl: product.product_url,
    ...(product.price === null ? {} : { price: product.price }),
    ...(product.image_url === null ? {} : { imageUrl: product.image_url }),
  };
}
