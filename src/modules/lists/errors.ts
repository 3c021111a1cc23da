/**
 * A refusal of the lists module. `message` is the original's own text, which its clients match (spec section 3.9);
 * `code` and `status` are what `standard` and the native endpoints answer with.
 */
export class ListsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further facts for the caller, such as the other Google address. */
  readonly facts: Record<string, unknown> | undefined;

  constructor(status: number, code: string, message: string, facts?: Record<string, unknown>) {
    super(message);
    this.name = 'ListsError';
    this.status = status;
    this.code = code;
    this.facts = facts;
  }
}

const make = (status: number, code: string, message: string) => (): ListsError =>
  new ListsError(status, code, message);

export const errors = {
  nullParameter: (name: string) =>
    new ListsError(400, 'null_parameter', `Path contained a null ${name} parameter.`),
  bodyEmpty: make(400, 'body_missing', 'API Event Body was empty.'),
  bodyInvalid: make(400, 'body_invalid', 'API Event did not contain a valid body.'),
  bodyMissing: make(400, 'body_missing', 'Body was missing required attributes.'),
  attributeMissing: (name: string) =>
    new ListsError(400, 'attribute_missing', `API Event did not contain a ${name} body attribute.`),
  fieldMissing: (name: string) => new ListsError(400, 'field_missing', `'${name}'`),
  productTypeMissing: make(
    400,
    'attribute_missing',
    'API Event did not contain the product type in the body.',
  ),
  productTypeUnknown: make(
    400,
    'product_type_unknown',
    'API Event did not contain a product type of products or notfound.',
  ),
  listKeysUnexpected: make(
    400,
    'keys_unexpected',
    "Event body did not contain the expected keys ['title', 'description', 'eventDate', 'occasion', 'imageUrl'].",
  ),
  contactFieldMissing: (name: string) =>
    new ListsError(400, 'field_missing', `API Event did not contain ${name} in the body.`),
  noUser: make(404, 'user_unknown', 'No user exists with this ID.'),
  noIdentity: make(403, 'no_identity', 'There was no identity context in API event.'),
  listMissing: (id: string) => new ListsError(404, 'list_not_found', `List ${id} does not exist.`),
  notOwner: (userId: string, id: string) =>
    new ListsError(403, 'not_list_owner', `User ${userId} was not owner of List ${id}.`),
  listNotCreated: make(422, 'list_not_created', 'List could not be created.'),
  listNotUpdated: make(422, 'list_not_updated', 'Unexpected error when updating the list item.'),
  listClosed: make(409, 'list_closed', 'List is closed.'),
  productExists: make(409, 'product_on_list', 'Product already exists in list.'),
  productNotCreated: make(422, 'product_not_created', 'Product could not be created.'),
  productNotOnList: make(404, 'product_not_on_list', 'Unexpected error when updating product.'),
  productNotUpdated: make(422, 'product_not_updated', 'Unexpected error when updating product.'),
  productNotDeleted: make(409, 'product_not_deleted', 'Product could not be deleted.'),
  quantityBelowClaims: (claimed: number) =>
    new ListsError(
      409,
      'quantity_below_claims',
      `Quantity cannot be lower than the number already reserved or purchased (${claimed}).`,
    ),
  alreadyReserved: make(409, 'already_reserved', 'Product already reserved by user.'),
  giftMissing: make(404, 'gift_not_found', 'No product item exists with this ID.'),
  notEnoughLeft: (reserved: number, wanted: number, quantity: number) =>
    new ListsError(
      409,
      'not_enough_left',
      `Reserved quantity for product (${reserved}) could not be updated by ${wanted} as exceeds required quantity (${quantity}).`,
    ),
  reservedNotUpdated: (reserved: number, by: number | string) =>
    new ListsError(
      422,
      'quantity_invalid',
      `Reserved quantity for product (${reserved}) could not be updated by ${by}.`,
    ),
  reserveFailed: make(503, 'reserve_failed', 'Unexpected error when reserving product.'),
  unreserveFailed: make(503, 'unreserve_failed', 'Unexpected error when unreserving product.'),
  purchaseFailed: make(503, 'purchase_failed', 'Unexpected error when confirming purchase of product.'),
  reservationMissing: make(404, 'reservation_not_found', 'Reservation ID does not exist.'),
  notHolder: make(403, 'not_reservation_owner', 'Requestor is not reservation owner.'),
  notReserved: (state: string) =>
    new ListsError(409, `reservation_${state}`, `Product was not reserved. State = ${state}.`),
  cannotReduceToZero: make(422, 'quantity_zero', 'Reserved quantity cannot be reduced to 0.'),
  noDifference: make(
    409,
    'quantity_unchanged',
    'There was no difference in update request to reserved item.',
  ),
  reservationNotDeleted: make(403, 'reservation_not_deleted', 'Reservation item could not be deleted.'),
  productMissing: make(404, 'product_not_found', 'No product exists with this ID.'),
  notFoundNotDeleted: make(404, 'notfound_not_deleted', 'Product can not be deleted.'),
  urlMissing: make(400, 'url_missing', 'API Event did not contain a Url in the path parameters.'),
  metadataFailed: (reason: string) =>
    new ListsError(422, `metadata_${reason}`, 'Metadata query failed.', { reason }),
  toolsProductMissing: (id: string) =>
    new ListsError(404, 'product_not_found', `No product exists with id: ${id}`),
  toolsAttributeMissing: (name: string) =>
    new ListsError(400, 'attribute_missing', `API Event body did not contain the ${name}.`),
  toolsEnvironmentMissing: (name: string) =>
    new ListsError(400, 'attribute_missing', `API Event body did not contain the ${name} attribute.`),
  toolsBodyMissing: make(400, 'body_missing', 'API Event body did not exist.'),
  replaceUnknown: (id: string) =>
    new ListsError(404, 'product_not_found', `No product returned for the id ${id}.`),
  replaceNoList: (id: string) =>
    new ListsError(409, 'product_on_no_list', `No lists for product ${id} were returned.`),
  replaceManyLists: (id: string, lists: string[]) =>
    new ListsError(
      409,
      'product_on_many_lists',
      `Too many list items for product ${id} returned [${lists.join(', ')}].`,
    ),
  // Native endpoints only.
  invalid: (code: string, message: string, facts?: Record<string, unknown>) =>
    new ListsError(400, code, message, facts),
  conflict: (code: string, message: string, facts?: Record<string, unknown>) =>
    new ListsError(409, code, message, facts),
  forbidden: (code: string, message: string) => new ListsError(403, code, message),
  notFound: (code: string, message: string) => new ListsError(404, code, message),
  signedOut: make(401, 'not_signed_in', 'Sign in first.'),
  tooManyRequests: make(429, 'too_many_requests', 'Too Many Requests'),
};
