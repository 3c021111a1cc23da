import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  findLicenceProblems,
  findLockfileProblems,
  findUndocumentedDependencies,
} from '../../scripts/checks/dependencies.ts';
import { findSecrets } from '../../scripts/checks/secrets.ts';
import { parseTestArguments } from '../../scripts/test/arguments.ts';
import { usesServer } from '../../scripts/test/uses-server.ts';

// Put together here, so that the scan of the repository does not find them.
const awsKey = `AKIA${'ABCDEFGHIJ234567'}`;
const databaseUrl = `postgresql://signalbox:${'correct-horse'}@db.service.gov.uk/signalbox`;

describe('the secret scan', () => {
  test('names file, line and kind', () => {
    assert.deepEqual(findSecrets('a.ts', `one\nconst key = '${awsKey}';\n`), [
      { path: 'a.ts', line: 2, kind: 'AWS access key id' },
    ]);
  });

  const secrets: [kind: string, text: string][] = [
    ['private key', `-----BEGIN ${'RSA PRIVATE'} KEY-----`],
    ['GitHub token', `ghp_${'a'.repeat(36)}`],
    ['Slack token', `xoxb-${'1234567890-abcdef'}`],
    ['Slack webhook', `https://hooks.slack.com/${'services/T000/B000/abcdefghijklmnop'}`],
    ['signed token', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(30)}`],
    ['password in a URL', databaseUrl],
  ];
  for (const [kind, text] of secrets) {
    test(`finds a ${kind}`, () => assert.deepEqual(findSecrets('a', text), [{ path: 'a', line: 1, kind }]));
  }

  test('leaves made-up and templated texts alone', () => {
    const texts = [
      'postgresql://signalbox:correct-horse@127.0.0.1/signalbox',
      'postgresql://user:password@localhost:5432/signalbox',
      'https://user:password@mail.example.com',
      `postgresql://signalbox:${'$'}{password}@db.internal/signalbox`,
      'const password = "a long made-up password";',
      `${awsKey} // not-a-secret: from the AWS documentation`,
    ];
    for (const text of texts) assert.deepEqual(findSecrets('a', text), [], text);
  });
});

describe('the lockfile check', () => {
  const packageFile = { dependencies: { one: '1.2.3' }, allowScripts: { two: true } };
  const one = { version: '1.2.3', integrity: 'sha512-x', license: 'MIT' };
  const two = { version: '1.0.0', integrity: 'sha512-y', license: 'ISC', hasInstallScript: true };
  const packages = {
    '': { dependencies: { one: '1.2.3' } },
    'node_modules/one': one,
    'node_modules/two': two,
  };

  test('a lockfile in step passes', () => {
    assert.deepEqual(findLockfileProblems(packageFile, { packages }), []);
  });

  test('a registry address, a missing hash and an unlisted install script are told', () => {
    const changed = {
      ...packages,
      'node_modules/one': { ...one, resolved: 'https://packages.example/one.tgz' },
      'node_modules/three': { version: '1.0.0', hasInstallScript: true },
    };
    assert.deepEqual(findLockfileProblems(packageFile, { packages: changed }), [
      'one names the registry it came from ("resolved")',
      'three has no integrity hash',
      'three has an install script and no entry in "allowScripts"',
    ]);
  });

  test('ranges, drift and idle permissions are told', () => {
    const wanted = { dependencies: { one: '^1.2.3' }, allowScripts: { two: true, four: true } };
    assert.deepEqual(findLockfileProblems(wanted, { packages }), [
      'dependencies: one differs between package.json and the lockfile',
      'one must have an exact version, not ^1.2.3',
      '"allowScripts" lists four, which has no install script',
    ]);
  });
});

describe('the licence check', () => {
  const problems = (license: string | undefined, dev = false) =>
    findLicenceProblems({ packages: { 'node_modules/a': { ...(license && { license }), dev } } });

  test('one permissive choice is enough, every part of a combination counts', () => {
    for (const license of ['MIT', '(MIT OR GPL-3.0)', '(MIT AND Zlib)', 'Apache-2.0']) {
      assert.deepEqual(problems(license), [], license);
    }
    assert.deepEqual(problems('(MIT AND GPL-3.0)'), [
      'a is under (MIT AND GPL-3.0), which is not among the allowed licences',
    ]);
    assert.deepEqual(problems(undefined), ['a states no licence']);
  });

  test('tools may be under licences that the product may not', () => {
    assert.deepEqual(problems('MPL-2.0', true), []);
    assert.equal(problems('MPL-2.0').length, 1);
  });
});

test('the dependencies page has exactly the direct dependencies and their versions', () => {
  const page = '| `one` | 1.2.3 | why |\n| `two` | 1.0.0 | why |\n| `old` | 0.1.0 | why |\n';
  const packageFile = { dependencies: { one: '1.2.3', two: '2.0.0' }, devDependencies: { three: '3.0.0' } };
  assert.deepEqual(findUndocumentedDependencies(packageFile, page), [
    'docs/dependencies.md gives two 1.0.0, package.json 2.0.0',
    'docs/dependencies.md has no row for three',
    'docs/dependencies.md has a row for old, which is not a dependency',
  ]);
});

describe('the arguments of npm test', () => {
  test('filters and options of the runner are told apart', () => {
    const args = [
      'jobs',
      '--external',
      'postgresql://h/d',
      '--no-pages',
      '-t',
      'holds',
      '--test-only',
      'src/app',
    ];
    assert.deepEqual(parseTestArguments(args), {
      kind: 'run',
      external: 'postgresql://h/d',
      withPages: false,
      isServerOnly: false,
      nodeOptions: ['--test-name-pattern=holds', '--test-only'],
      filters: ['jobs', 'src/app'],
    });
  });

  test('a run for another server alone has no pages', () => {
    const { withPages, isServerOnly } = parseTestArguments(['--server-only']);
    assert.deepEqual([withPages, isServerOnly], [false, true]);
  });

  test('whether a file comes to the server is seen through the files it makes its application with', () => {
    const isFound = (file: string) => usesServer(join(import.meta.dirname, '../..'), file);
    assert.ok(isFound('src/platform/jobs/order.test.ts'), 'through a fixture');
    assert.ok(isFound('src/modules/notify/routes/routes.test.ts'), "through a module's testing folder");
    assert.ok(!isFound('src/modules/directory/opening-times/times.test.ts'));
  });

  test('values may stand in the same word', () => {
    const { external, nodeOptions } = parseTestArguments([
      '--external=postgresql://h/d?a=b',
      '--test-timeout=5',
    ]);
    assert.deepEqual([external, nodeOptions], ['postgresql://h/d?a=b', ['--test-timeout=5']]);
  });

  test('a value left out is told', () => {
    assert.throws(() => parseTestArguments(['--external']), /--external needs a value/);
  });
});
