import { readDynamoItem, type SourceRow } from '#platform/files';

/** An item of the original's table of lists, by what it is (spec section 4.1); ids are what its keys say. */
export type OriginalItem =
  | { kind: 'user'; id: string; item: Item }
  | { kind: 'list'; id: string; ownerId: string; item: Item }
  | { kind: 'gift'; listId: string; productId: string; item: Item }
  | { kind: 'reservation'; listId: string; productId: string; holder: string; id: string; item: Item }
  | { kind: 'share' }
  | { kind: 'unreadable'; problem: string };

/** Attributes of an item, each looked at before it is used. */
export class Item {
  readonly #attributes: Record<string, unknown>;

  constructor(attributes: Record<string, unknown>) {
    this.#attributes = attributes;
  }

  /** Undefined when it is absent, null or no text; what PostgreSQL cannot keep becomes U+FFFD. */
  text(name: string): string | undefined {
    const value = this.#attributes[name];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' ? value.toWellFormed().replaceAll('\u0000', '\uFFFD') : undefined;
  }

  integer(name: string): number | undefined {
    const value = Number(this.#attributes[name]);
    return this.#attributes[name] !== null && Number.isInteger(value) ? value : undefined;
  }

  isTrue(name: string): boolean {
    return this.#attributes[name] === true;
  }

  /** Seconds since the epoch, as the original keeps times; milliseconds and ISO texts are understood as well. */
  time(name: string): Date | undefined {
    const value = this.#attributes[name];
    if (value === undefined || value === null || value === '') return undefined;
    const number = Number(value);
    const ms = Number.isNaN(number) ? Date.parse(String(value)) : number < 1e11 ? number * 1_000 : number;
    return Number.isNaN(ms) ? undefined : new Date(ms);
  }
}

export function readOriginalItem({ line, fields }: SourceRow): OriginalItem {
  const attributes = readDynamoItem(fields);
  const pk = typeof attributes?.PK === 'string' ? attributes.PK : '';
  const sk = typeof attributes?.SK === 'string' ? attributes.SK : '';
  const item = new Item(attributes ?? {});
  const [pkKind, ...pkRest] = pk.split('#');
  const [skKind, ...skRest] = sk.split('#');
  const [pkId, skId] = [pkRest.join('#'), skRest.join('#')];
  if (pkKind === 'USER' && pk === sk && pkId !== '') return { kind: 'user', id: pkId, item };
  if (pkKind === 'LIST' && pkId !== '' && skId !== '') {
    if (skKind === 'USER') return { kind: 'list', id: pkId, ownerId: skId, item };
    if (skKind === 'PRODUCT') return { kind: 'gift', listId: pkId, productId: skId, item };
    if (skKind === 'SHARED' || skKind === 'PENDING') return { kind: 'share' };
    if (skKind === 'RESERVATION') return readReservation(line, pkId, skId, item);
  }
  return { kind: 'unreadable', problem: `line ${line} has the keys "${pk}" and "${sk}"` };
}

/** `product#holder#reservation`; rows of early versions lack the reservation's id in the key. */
function readReservation(line: number, listId: string, key: string, item: Item): OriginalItem {
  const [productId = '', holder = '', inKey] = key.split('#');
  const id = inKey ?? item.text('reservationId');
  if (productId === '' || holder === '' || !id) {
    return { kind: 'unreadable', problem: `line ${line} is a reservation with the key "${key}"` };
  }
  return { kind: 'reservation', listId, productId, holder, id, item };
}
