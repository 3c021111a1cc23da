import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Answer, type Call, createPartiesApp, keyOf, type PartiesApp } from '../testing/parties-app.ts';

const TEAM = 'CreateProductTeamIncomingParams';
const PRODUCT = 'CreateCpmProductIncomingParams';
const SEARCH = 'SearchProductQueryParams';
const KEY_MISMATCH =
  "does not match the expected pattern '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$' associated with key type 'product_team_id'";

type Item = [code: string, message: string];

/** The envelope as the contract spells it; `message` is the text inside the quotes, escapes included. */
function envelope(items: Item[]): string {
  return `{"errors": [${items.map(([code, message]) => `{"code": "${code}", "message": "${message}"}`).join(', ')}]}`;
}

const missing = (place: string): Item => ['MISSING_VALUE', `${place}: field required`];
const invalid = (message: string): Item => ['VALIDATION_ERROR', message];

function assertAnswer(answer: Answer, status: number, body: string, version: string | undefined): void {
  assert.equal(answer.body, body);
  assert.equal(answer.status, status);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(Number(answer.headers['content-length']), Buffer.byteLength(body));
  assert.equal(answer.headers.version, version);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
}

describe('errors, to the byte', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp({ known: ['F5H1R', 'Y90001', 'TOOLONG-1234'] });
  });
  after(() => app[Symbol.asyncDispose]());

  const expect = async (call: Call, status: number, items: Item[], version = '1') =>
    assertAnswer(await app.call(call), status, envelope(items), version);
  const postTeam = (body: unknown): Call => ({ method: 'POST', path: '/ProductTeam', body });

  describe('of the version', () => {
    const withVersion = (version: string | undefined, path = '/Product/x'): Call => ({
      path,
      headers: { version },
    });

    it('is missing', () => expect(withVersion(undefined), 400, [missing('Event.headers.version')], 'null'));

    for (const version of ['', 'abc', '1.0', '1e3', '0x1', 'v1', '1, 2', '1 2', '--1', '+', '１']) {
      it(`is no integer: ${JSON.stringify(version)}`, () =>
        expect(
          withVersion(Buffer.from(version).toString('latin1')),
          400,
          [invalid('Event.headers.version: value is not a valid integer')],
          'null',
        ));
    }

    for (const [version, shown] of [
      ['0', '0'],
      ['-0', '0'],
      ['00', '0'],
      ['-7', '-7'],
      [' -12 ', '-12'],
    ] as const) {
      it(`is below the first: ${version}`, () =>
        expect(withVersion(version), 403, [['ACCESS_DENIED', `Version not supported: ${shown}`]], 'null'));
    }

    for (const version of ['1', ' 1 ', '+1', '01', '2', '10', '1000', '99999999999999999999']) {
      it(`runs the largest implemented: ${version}`, () =>
        expect(withVersion(version), 404, [
          ['RESOURCE_NOT_FOUND', "Could not find CpmProduct for key ('x')"],
        ]));
    }

    it('comes before every other check', async () => {
      const headers = { version: 'x' };
      const items = [invalid('Event.headers.version: value is not a valid integer')];
      await expect({ ...postTeam('{'), headers }, 400, items, 'null');
      await expect({ path: '/Product', headers }, 400, items, 'null');
    });
  });

  describe('of the body of a team', () => {
    const bodies: [name: string, body: unknown, items: Item[]][] = [
      ['absent', undefined, [missing(`${TEAM}.ods_code`), missing(`${TEAM}.name`)]],
      ['empty object', {}, [missing(`${TEAM}.ods_code`), missing(`${TEAM}.name`)]],
      ['a list', '[]', [invalid(`${TEAM}.__root__: value is not a valid dict`)]],
      ['null', 'null', [invalid(`${TEAM}.__root__: value is not a valid dict`)]],
      ['a number', '1', [invalid(`${TEAM}.__root__: value is not a valid dict`)]],
      ['a text', '"x"', [invalid(`${TEAM}.__root__: value is not a valid dict`)]],
      [
        'nulls',
        { ods_code: null, name: null, keys: null },
        ['ods_code', 'name', 'keys'].map((field) =>
          invalid(`${TEAM}.${field}: none is not an allowed value`),
        ),
      ],
      [
        'lists and objects for texts',
        { ods_code: [], name: {} },
        ['ods_code', 'name'].map((field) => invalid(`${TEAM}.${field}: str type expected`)),
      ],
      [
        'a blank name',
        { ods_code: 'F5H1R', name: '\u2003\u0085 \t' },
        [invalid(`${TEAM}.name: ensure this value has at least 1 characters`)],
      ],
      [
        'a name that is too long',
        { ods_code: 'F5H1R', name: 'x'.repeat(10_001) },
        [invalid(`${TEAM}.name: ensure this value has at most 10000 characters`)],
      ],
      [
        'unknown fields, in order of code point',
        { '\uE000': 1, '😀': 1, id: 1, Z: 1, ods_code: 'F5H1R' },
        [
          missing(`${TEAM}.name`),
          ...['Z', 'id', '\\ue000', '\\ud83d\\ude00'].map((field) =>
            invalid(`${TEAM}.${field}: extra fields not permitted`),
          ),
        ],
      ],
      [
        'a member called __proto__',
        '{"ods_code": "F5H1R", "name": "A", "__proto__": 1}',
        [invalid(`${TEAM}.__proto__: extra fields not permitted`)],
      ],
      [
        'keys that are no list',
        { ods_code: 'F5H1R', name: 'A', keys: 'x' },
        [invalid(`${TEAM}.keys: value is not a valid list`)],
      ],
      [
        'elements that are no keys',
        { ods_code: 'F5H1R', name: 'A', keys: [null, 1, 'x', []] },
        [
          invalid(`${TEAM}.keys.0: none is not an allowed value`),
          ...[1, 2, 3].map((index) => invalid(`${TEAM}.keys.${index}: value is not a valid dict`)),
        ],
      ],
      [
        'parts of keys missing and null',
        { ods_code: 'F5H1R', name: 'A', keys: [{}, { key_type: null, key_value: null }] },
        [
          missing(`${TEAM}.keys.0.key_type`),
          missing(`${TEAM}.keys.0.key_value`),
          invalid(`${TEAM}.keys.1.key_type: none is not an allowed value`),
          invalid(`${TEAM}.keys.1.key_value: none is not an allowed value`),
        ],
      ],
      [
        'an unknown key type, which hides its bad value',
        { ods_code: 'F5H1R', name: 'A', keys: [{ key_type: 'PRODUCT_TEAM_ID', key_value: 'x' }] },
        [
          invalid(
            `${TEAM}.keys.0.key_type: value is not a valid enumeration member; permitted: 'product_team_id'`,
          ),
        ],
      ],
      [
        'key values that are no UUIDs',
        {
          ods_code: 'F5H1R',
          name: 'A',
          keys: [keyOf(''), keyOf('é"'), keyOf(`${randomUUID().slice(0, 35)}\n`)].slice(0, 2),
        },
        [
          invalid(`${TEAM}.keys.0.key_value: Key '' ${KEY_MISMATCH}`),
          invalid(`${TEAM}.keys.1.key_value: Key '\\u00e9\\"' ${KEY_MISMATCH}`),
        ],
      ],
      [
        'two keys, even the same',
        {
          ods_code: 'F5H1R',
          name: 'A',
          keys: [
            keyOf('0a78ee8f-5bcf-4db1-9341-ef1d67248715'),
            keyOf('0a78ee8f-5bcf-4db1-9341-ef1d67248715'),
          ],
        },
        [invalid(`${TEAM}.keys: Ensure that product_team_id only exists once within keys.`)],
      ],
      [
        'everything at once',
        { a: 1, keys: [{ key_type: 'x' }], name: '' },
        [
          missing(`${TEAM}.ods_code`),
          invalid(`${TEAM}.name: ensure this value has at least 1 characters`),
          invalid(
            `${TEAM}.keys.0.key_type: value is not a valid enumeration member; permitted: 'product_team_id'`,
          ),
          missing(`${TEAM}.keys.0.key_value`),
          invalid(`${TEAM}.a: extra fields not permitted`),
        ],
      ],
    ];
    for (const [name, body, items] of bodies) it(name, () => expect(postTeam(body), 400, items));
  });

  it('an error of one item is 41 + code + message long, each further one adds 29', async () => {
    const one = await app.call(postTeam({ name: 'A', ods_code: null }));
    const message = `${TEAM}.ods_code: none is not an allowed value`;
    assert.equal(one.body.length, 41 + 'VALIDATION_ERROR'.length + message.length);
    const two = await app.call(postTeam({ name: null, ods_code: null }));
    assert.equal(
      two.body.length,
      one.body.length + 29 + 'VALIDATION_ERROR'.length + `${TEAM}.name: none is not an allowed value`.length,
    );
  });

  describe('of JSON', () => {
    const faults: [body: string, line: number, column: number, char: number][] = [
      ['{"name": "Bed Finder",\n "x": }', 2, 7, 29],
      ['{', 1, 2, 1],
      [' ', 1, 2, 1],
      ['\n\n', 3, 1, 2],
      ['tru', 1, 1, 0],
      ['-', 1, 1, 0],
      ['NaN', 1, 1, 0],
      ['-Infinity', 1, 1, 0],
      ['[1,]', 1, 4, 3],
      ['{"a": 1,}', 1, 9, 8],
      ["{'a': 1}", 1, 2, 1],
      ['{"a" 1}', 1, 6, 5],
      ['[1 2]', 1, 4, 3],
      ['{} x', 1, 4, 3],
      ['01', 1, 2, 1],
      ['1.', 1, 2, 1],
      ['"abc', 1, 1, 0],
      ['{"é😀": "a\tb"}', 1, 10, 9],
      ['"a\\x"', 1, 3, 2],
      ['"a\\u12g4"', 1, 4, 3],
      ['\uFEFF{}', 1, 1, 0],
      ['['.repeat(200_000), 1, 200_001, 200_000],
    ];
    for (const [body, line, column, char] of faults) {
      it(`${JSON.stringify(body.slice(0, 40))} at char ${char}`, () =>
        expect(postTeam(body), 400, [
          invalid(`Invalid JSON body was provided: line ${line} column ${column} (char ${char})`),
        ]));
    }

    it('comes before the look-up of the team', () =>
      expect({ method: 'POST', path: '/ProductTeam/nobody/Product', body: '{' }, 400, [
        invalid('Invalid JSON body was provided: line 1 column 2 (char 1)'),
      ]));
  });

  describe('of the ODS code and the domain', () => {
    const unknownCode = (code: string): Item => [
      'UNPROCESSABLE_ENTITY',
      `Invalid ODS Code: could not resolve 'https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations/${code}'`,
    ];
    const ODS = invalid('OdsOrganisation.ods_code: string does not match regex \\"^([a-zA-Z0-9]{1,9})$\\"');
    const NAME = invalid('ProductTeam.name: string does not match regex \\"^\\\\S+( \\\\S+)*$\\"');

    it('a code the directory does not know, of whatever shape, is 422', async () => {
      await expect(postTeam({ ods_code: 'ZZZ', name: 'A' }), 422, [unknownCode('ZZZ')]);
      await expect(postTeam({ ods_code: 'a/b "é"', name: 'A  B' }), 422, [unknownCode('a/b \\"\\u00e9\\"')]);
      await expect(postTeam({ ods_code: ' ', name: 'A' }), 422, [unknownCode(' ')]);
      await expect(postTeam('{"ods_code": "A\\u0000\\ud800", "name": "A"}'), 422, [
        unknownCode('A\\u0000\\ud800'),
      ]);
      assert.ok(app.ods.asked.includes('/ORD/2-0-0/organisations/a%2Fb%20%22%C3%A9%22'));
    });

    it('an empty code is never asked for and breaks the domain rule', async () => {
      const before = app.ods.asked.length;
      await expect(postTeam({ ods_code: '', name: 'A  B' }), 400, [ODS]);
      assert.equal(app.ods.asked.length, before);
    });

    it('a code that the directory knows and the rule does not, before a bad name', () =>
      expect(postTeam({ ods_code: 'TOOLONG-1234', name: 'A  B' }), 400, [ODS]));

    for (const name of ['A  B', ' A', 'A ', 'A\n', 'A\tB', 'A\u00a0B', 'A\u0000']) {
      it(`a team name of the wrong form: ${JSON.stringify(name)}`, () =>
        expect(postTeam({ ods_code: 'F5H1R', name }), 400, [NAME]));
    }

    it('half a surrogate pair in a team name', () =>
      expect(postTeam('{"ods_code": "F5H1R", "name": "a\\ud800"}'), 400, [NAME]));

    it('a product name that is not printable ASCII, after the look-up of the team', async () => {
      const { id } = await app.createTeam();
      for (const name of ['é', 'a\nb', 'a\u007f']) {
        await expect({ method: 'POST', path: `/ProductTeam/${id}/Product`, body: { name } }, 400, [
          invalid('CpmProduct.name: string does not match regex \\"^[ -~]+$\\"'),
        ]);
        await expect({ method: 'POST', path: '/ProductTeam/nobody/Product', body: { name } }, 404, [
          ['RESOURCE_NOT_FOUND', "Could not find ProductTeam for key ('nobody')"],
        ]);
      }
    });

    it('an alias in use, or equal to any generated id, deleted ones included', async () => {
      const alias = randomUUID();
      const team = await app.createTeam({ keys: [keyOf(alias)] });
      for (const value of [alias, team.id]) {
        const call = postTeam({ ods_code: 'F5H1R', name: 'B', keys: [keyOf(value)] });
        await expect(call, 400, [invalid('Item already exists')]);
      }
      assert.equal((await app.call({ method: 'DELETE', path: `/ProductTeam/${team.id}` })).status, 200);
      const again = postTeam({ ods_code: 'F5H1R', name: 'B', keys: [keyOf(team.id)] });
      await expect(again, 400, [invalid('Item already exists')]);
      await app.createTeam({ keys: [keyOf(alias)] });
      await app.createTeam({ keys: [keyOf(alias.toUpperCase())] });
    });
  });

  describe('of the body of a product', () => {
    for (const [name, body, items] of [
      ['absent', undefined, [missing(`${PRODUCT}.name`)]],
      ['empty object', {}, [missing(`${PRODUCT}.name`)]],
      ['a list', [], [invalid(`${PRODUCT}.__root__: value is not a valid dict`)]],
      ['null', { name: null }, [invalid(`${PRODUCT}.name: none is not an allowed value`)]],
      ['an object', { name: {} }, [invalid(`${PRODUCT}.name: str type expected`)]],
      ['blank', { name: ' ' }, [invalid(`${PRODUCT}.name: ensure this value has at least 1 characters`)]],
      [
        'unknown fields',
        { ods_code: 'x', constructor: 1 },
        [
          missing(`${PRODUCT}.name`),
          invalid(`${PRODUCT}.constructor: extra fields not permitted`),
          invalid(`${PRODUCT}.ods_code: extra fields not permitted`),
        ],
      ],
    ] as [string, unknown, Item[]][]) {
      it(`${name}, before the look-up of the team`, () =>
        expect({ method: 'POST', path: '/ProductTeam/nobody/Product', body }, 400, items));
    }
  });

  describe('of things that are not there', () => {
    const noTeam = (given: string): Item => [
      'RESOURCE_NOT_FOUND',
      `Could not find ProductTeam for key ('${given}')`,
    ];
    const noProduct = (key: string): Item => [
      'RESOURCE_NOT_FOUND',
      `Could not find CpmProduct for key (${key})`,
    ];

    it('say what the caller sent, decoded', async () => {
      const long = 'x'.repeat(3_000);
      for (const [sent, shown] of [
        ['nobody', 'nobody'],
        ["it's%20%22%C3%A9%22", `it's \\"\\u00e9\\"`],
        ['a%2Fb', 'a/b'],
        ['%zz', '%zz'],
        ['%00', '\\u0000'],
        [long, long],
      ] as const) {
        for (const method of ['GET', 'DELETE'] as const) {
          await expect({ method, path: `/ProductTeam/${sent}` }, 404, [noTeam(shown)]);
        }
        const body = { name: 'A' };
        await expect({ method: 'POST', path: `/ProductTeam/${sent}/Product`, body }, 404, [noTeam(shown)]);
        await expect({ method: 'DELETE', path: `/ProductTeam/${sent}/Product/x` }, 404, [noTeam(shown)]);
        await expect({ path: `/Product/${sent}` }, 404, [noProduct(`'${shown}'`)]);
      }
    });

    it('name the generated id where a product is missing in a team', async () => {
      const alias = randomUUID();
      const team = await app.createTeam({ keys: [keyOf(alias)] });
      const other = await app.createProduct((await app.createTeam()).id);
      for (const id of ['P.AAA-AAA', other.id, 'x%00']) {
        const shown = id === 'x%00' ? 'x\\u0000' : id;
        await expect({ method: 'DELETE', path: `/ProductTeam/${alias}/Product/${id}` }, 404, [
          noProduct(`'${team.id}', '${shown}'`),
        ]);
      }
      assert.equal((await app.call({ path: `/Product/${other.id}` })).status, 200);
    });

    it('stay away once deleted', async () => {
      const alias = randomUUID();
      const team = await app.createTeam({ keys: [keyOf(alias)] });
      const product = await app.createProduct(team.id);
      const productPath = `/ProductTeam/${team.id}/Product/${product.id}`;
      assert.equal((await app.call({ method: 'DELETE', path: productPath })).status, 200);
      await expect({ path: `/Product/${product.id}` }, 404, [noProduct(`'${product.id}'`)]);
      await expect({ method: 'DELETE', path: productPath }, 404, [
        noProduct(`'${team.id}', '${product.id}'`),
      ]);
      const search = await app.call({ path: `/Product?product_team_id=${team.id}` });
      assert.equal(search.body, '{"results": []}');
      assert.equal((await app.call({ method: 'DELETE', path: `/ProductTeam/${alias}` })).status, 200);
      for (const given of [team.id, alias]) {
        await expect({ path: `/ProductTeam/${given}` }, 404, [noTeam(given)]);
        await expect({ method: 'DELETE', path: `/ProductTeam/${given}` }, 404, [noTeam(given)]);
        const body = { name: 'A' };
        await expect({ method: 'POST', path: `/ProductTeam/${given}/Product`, body }, 404, [noTeam(given)]);
      }
    });
  });

  it('a team with active products stays, and lists them in order', async () => {
    const team = await app.createTeam();
    const made = [];
    for (const name of ['A', 'B', 'C', 'D']) made.push((await app.createProduct(team.id, name)).id);
    const [gone, ...kept] = made;
    await app.call({ method: 'DELETE', path: `/ProductTeam/${team.id}/Product/${gone}` });
    const ids = kept
      .toSorted()
      .map((id) => `'${id}'`)
      .join(', ');
    await expect({ method: 'DELETE', path: `/ProductTeam/${team.id}` }, 409, [
      ['CONFLICT', `Product Team cannot be deleted as it still has associated Product Ids [${ids}]`],
    ]);
    assert.equal((await app.call({ path: `/ProductTeam/${team.id}` })).status, 200);
  });

  describe('of a search', () => {
    const ROOT = invalid(
      `${SEARCH}.__root__: Please provide exactly one valid query parameter: ('product_team_id', 'organisation_code').`,
    );
    const extra = (name: string) => invalid(`${SEARCH}.${name}: extra fields not permitted`);
    for (const [query, items] of [
      ['', [ROOT]],
      ['?', [ROOT]],
      ['?product_team_id=a&organisation_code=', [ROOT]],
      ['?foo=1', [extra('foo'), ROOT]],
      ['?foo=1&Bar=2&product_team_id=a', [extra('Bar'), extra('foo')]],
      ['?Product_team_id=a', [extra('Product_team_id'), ROOT]],
      ['?%C3%A9=%ff&foo', [extra('foo'), extra('\\u00e9'), ROOT]],
    ] as [string, Item[]][]) {
      it(`/Product${query}`, () => expect({ path: `/Product${query}` }, 400, items));
    }
  });

  describe('of the gateway', () => {
    const gateway = (message: string) => `{"errors":[{"code":"PROCESSING","message":"${message}"}]}`;
    const REFUSED = 'Provided apikey in request does not match the Connecting Party Manager apikey';

    it('an unknown path or method', async () => {
      for (const [method, path] of [
        ['GET', '/'],
        ['GET', '/productteam/x'],
        ['GET', '/ProductTeam'],
        ['GET', '/ProductTeam/'],
        ['GET', '/ProductTeam/x/'],
        ['GET', '/Product/x/'],
        ['GET', '/Product/x/?a=1'],
        ['POST', '/ProductTeam/'],
        ['GET', '/_status/'],
        ['OPTIONS', '/ProductTeam/'],
        ['PUT', '/ProductTeam/x'],
        ['PATCH', '/Product/x'],
        ['DELETE', '/Product/x'],
        ['GET', '/ProductTeam/x/Product/y'],
        ['OPTIONS', '/_status'],
        ['GET', '/connecting-party-manager/Nothing'],
      ] as const) {
        const answer = await app.call({ method, path, headers: { apikey: undefined } });
        assertAnswer(answer, 403, gateway('Missing Authentication Token'), undefined);
      }
    });

    it('HEAD, which the original has not', async () => {
      const answer = await app.call({ method: 'HEAD', path: '/Product/x' });
      assert.equal(answer.status, 403);
      assert.equal(Number(answer.headers['content-length']), gateway('Missing Authentication Token').length);
    });

    it('a key that is missing or unknown, before the version', async () => {
      for (const apikey of [undefined, '', 'wrong-key-0000000']) {
        const answer = await app.call({ path: '/Product/x', headers: { apikey, version: undefined } });
        assertAnswer(answer, 401, gateway(REFUSED), undefined);
      }
    });

    it('a body of more than a mebibyte', async () => {
      const answer = await app.call(postTeam(`{"name": "${'x'.repeat(1_048_576)}"}`));
      assertAnswer(answer, 413, gateway('Request Too Long'), undefined);
    });
  });
});
