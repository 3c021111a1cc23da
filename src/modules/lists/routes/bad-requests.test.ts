import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ADMIN,
  ANA,
  addGift,
  BO,
  type ListsApp,
  makeList,
  openLists,
  reserve,
} from '../testing/lists-app.ts';

const REQUESTS = 10_000;
const AT_ONCE = 100;

/** A generator with a seed, so that a request that fails can be made again. */
function dice(seed: number) {
  let state = (seed + 1) * 2_654_435_761;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
  const pick = <T>(values: readonly T[]): T => values[next(values.length)] as T;
  return { next, pick };
}

type Dice = ReturnType<typeof dice>;

function text({ next, pick }: Dice): string {
  const odd = [
    '',
    'null',
    '%',
    '%zz',
    '%00',
    '\u0000',
    '\ud800',
    '../..',
    "' or 1=1 --",
    '{{x}}',
    '<b>',
    '٣',
    '🎁',
    '+',
    '%2F',
    '-1',
    'NaN',
  ];
  if (next(3) === 0) return pick(odd);
  return Array.from({ length: next(40) }, () => String.fromCharCode(next(0x2ff))).join('');
}

function value(die: Dice, depth = 0): unknown {
  switch (die.next(depth > 3 ? 8 : 10)) {
    case 0:
      return null;
    case 1:
      return die.next(2) === 0;
    case 2:
      return die.pick([0, -1, 1.5, 1e308, -0, 2 ** 53, 999, 1_000, 1]);
    case 3:
      return die.pick(['1', '01', ' 2 ', '1e3', '0x1', '9'.repeat(40), '-5']);
    case 8:
      return Array.from({ length: die.next(4) }, () => value(die, depth + 1));
    case 9:
      return Object.fromEntries(
        Array.from({ length: die.next(4) }, () => [text(die), value(die, depth + 1)]),
      );
    default:
      return text(die);
  }
}

const FIELDS = [
  ...[
    'title',
    'description',
    'occasion',
    'imageUrl',
    'eventDate',
    'quantity',
    'productType',
    'notes',
    'name',
    'email',
  ],
  ...[
    'password',
    'code',
    'product',
    'brand',
    'details',
    'url',
    'retailer',
    'productUrl',
    'price',
    'currency',
    'message',
  ],
  ...[
    'surprise',
    'revealAt',
    'productIds',
    'amount',
    'groupTarget',
    'mostWanted',
    'language',
    'seesClaims',
    'test_flag',
  ],
  ...['searchHidden', 'test', 'staging', 'prod', 'token', 'source', '__proto__', 'constructor'],
];

function body(die: Dice): string | undefined {
  switch (die.next(6)) {
    case 0:
      return die.pick([
        undefined,
        '',
        ' ',
        'null',
        '[]',
        '""',
        '{',
        '{"a":',
        '1',
        '\ufeff{}',
        '{"a":"\\ud800"}',
        '{"title":"\\u0000"}',
      ]);
    case 1:
      return `${'['.repeat(die.next(3_000))}`;
    default: {
      const fields = Array.from({ length: 1 + die.next(8) }, () => [die.pick(FIELDS), value(die)]);
      return JSON.stringify(Object.fromEntries(fields));
    }
  }
}

describe('bad requests', () => {
  let app: ListsApp;
  let routes: { method: string; url: string }[];
  let known: string[];
  before(async () => {
    app = await openLists();
    const listId = await makeList(app);
    const productId = await addGift(app, listId, 5);
    const { body: reserved } = await reserve(app, { listId, productId }, 'cy@example.org');
    known = [listId, productId, reserved.reservation_id, ANA.id];
    const document = await app.test.console.inject('/docs/openapi.json');
    const paths: Record<string, Record<string, unknown>> = document.json().paths;
    routes = Object.entries(paths)
      .filter(([path]) => path.startsWith('/lists/') && !/\/(health|info)/.test(path))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => ({
          method: method.toUpperCase(),
          url: path.slice('/lists'.length),
        })),
      )
      // Erasing the caller would make all that follows the same.
      .filter(({ method, url }) => !(method === 'DELETE' && url === '/me') && !url.includes('sign-out'));
    routes.push(
      { method: 'GET', url: '/lists/{id}/reserve/{productid}' },
      { method: 'POST', url: '/lists/{id}/reserve/{productid}' },
      { method: 'GET', url: '/reserve/{id}' },
      { method: 'POST', url: '/reserve/{id}' },
      { method: 'GET', url: '/list-ideas/{id}' },
      { method: 'GET', url: '/auth/federated/{provider}/callback' },
      { method: 'GET', url: '/reservations/mine' },
      { method: 'GET', url: '/images/{id}' },
      { method: 'GET', url: '/assets/{id}' },
    );
    assert.ok(routes.length > 60, `${routes.length} routes`);
  });
  after(() => app.close());

  const encode = (part: string): string => encodeURIComponent(part.toWellFormed());
  const request = (seed: number) => {
    const die = dice(seed);
    const { method, url } = die.pick(routes);
    const path = url
      .replace(/\{email\}|:email/g, () =>
        encode(die.pick(['cy@example.org', text(die), `${'a'.repeat(400)}@b.c`])),
      )
      .replaceAll(/\{[^}]*\}/g, () => encode(die.next(2) === 0 ? die.pick(known) : text(die)))
      .replaceAll('*', () => encode(text(die)));
    const query =
      die.next(5) === 0 ? `?${encode(text(die))}=${encode(text(die))}&ids=${encode(text(die))}` : '';
    const payload = method === 'GET' ? undefined : body(die);
    const headers: Record<string, string> = {};
    const type = die.pick([
      undefined,
      'application/json',
      'text/plain',
      'nonsense',
      'multipart/form-data; boundary=x',
    ]);
    if (type !== undefined && payload !== undefined) headers['content-type'] = type;
    const accept = die.pick([undefined, 'text/html', '*/*', 'application/json']);
    if (accept !== undefined) headers.accept = accept;
    if (die.next(8) === 0) headers['idempotency-key'] = text(die).replaceAll(/[^\x20-\x7e]/g, 'x');
    if (die.next(10) === 0)
      headers.authorization = die.pick(['Bearer x', 'AWS4-HMAC-SHA256 Credential=a', 'x']);
    const as = die.pick([undefined, ANA, BO, ADMIN]);
    return {
      method,
      path: path + query,
      options: { headers, ...(as ? { as } : {}), ...(payload === undefined ? {} : { body: payload }) },
    };
  };

  it(`answers ${REQUESTS.toLocaleString('en-GB')} generated requests without a server error`, async () => {
    const statuses = new Map<number, number>();
    for (let first = 0; first < REQUESTS; first += AT_ONCE) {
      const asked = Array.from({ length: AT_ONCE }, (_, index) => request(first + index));
      const answers = await Promise.all(
        asked.map(({ method, path, options }) => app.send(method, path, options)),
      );
      for (const [index, { status, body: answer }] of answers.entries()) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        // 503 is the page that says the web app is not built.
        const isPage = typeof answer === 'string' && answer.includes('<!doctype html>');
        assert.ok(
          status < 500 || (status === 503 && isPage),
          `seed ${first + index}: ${status} ${JSON.stringify(answer)} to ${JSON.stringify(asked[index])}`,
        );
      }
    }
    const refused = [...statuses]
      .filter(([status]) => status >= 400)
      .reduce((sum, [, count]) => sum + count, 0);
    assert.ok(refused > REQUESTS / 2, JSON.stringify([...statuses]));
  });
});
