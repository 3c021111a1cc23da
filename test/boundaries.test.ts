// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are sources under test.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ImportPolicy } from '../scripts/boundaries/import-rules.ts';
import { findImports } from '../scripts/boundaries/imports.ts';
import { checkRepository, formatProblems, listSources } from '../scripts/boundaries/repository.ts';
import { checkSource } from '../scripts/boundaries/source-rules.ts';
import { tokenize } from '../scripts/boundaries/tokens.ts';

/**
 * Which module may import which other module's face. A new edge is a decision: it is written here, reviewed, and
 * kept one way. Every other need between modules goes through a task or moves down into the platform.
 */
const allowedModuleEdges: string[] = ['directory -> notify', 'lists -> notify'];

const root = fileURLToPath(new URL('..', import.meta.url));

test('the repository keeps its boundaries', async () => {
  const problems = await checkRepository(root, allowedModuleEdges);
  if (problems.length > 0) assert.fail(formatProblems(problems));
});

test('the check looks at the whole repository', async () => {
  const files = await listSources(root);
  assert.ok(files.includes('src/platform/config/index.ts'));
  assert.ok(files.includes('scripts/boundaries/tokens.ts'));
  assert.ok(files.includes('test/boundaries.test.ts'));
});

const policy: ImportPolicy = {
  files: new Set([
    'src/main.ts',
    'src/app.ts',
    'src/listeners.ts',
    'src/supervisor/child.ts',
    'src/commands/index.ts',
    'src/platform/db/index.ts',
    'src/platform/db/pool.ts',
    'src/platform/jobs/index.ts',
    'src/platform/jobs/worker.ts',
    'src/modules/directory/index.ts',
    'src/modules/directory/services/service.ts',
    'src/modules/directory/testing/rows.ts',
    'src/modules/notify/index.ts',
    'src/modules/notify/routes/send-sms.ts',
    'src/modules/parties/index.ts',
    'src/simulators/index.ts',
    'src/simulators/slack/index.ts',
    'src/reference/postcodes.ts',
    'test/harness/index.ts',
    'scripts/check.ts',
  ]),
  aliases: {
    '#platform/*': './src/platform/*/index.ts',
    '#reference/*': './src/reference/*.ts',
    '#directory': './src/modules/directory/index.ts',
    '#notify': './src/modules/notify/index.ts',
    '#parties': './src/modules/parties/index.ts',
  },
  dependencies: new Set(['fastify', 'kysely', '@fastify/cookie']),
  devDependencies: new Set(['autocannon', 'playwright-core']),
  moduleEdges: ['directory -> notify'],
};

function messages(path: string, source: string): string[] {
  return checkSource(path, source, policy).map((problem) => problem.message);
}

/** The one problem of a one-line source. */
function only(path: string, source: string): string {
  const found = messages(path, source);
  assert.equal(found.length, 1, `${path} with ${source}: ${JSON.stringify(found)}`);
  return found[0] ?? '';
}

const inModule = 'src/modules/directory/services/service.ts';
const inPlatform = 'src/platform/jobs/worker.ts';

describe('imports that are allowed', () => {
  const allowed: [path: string, specifier: string][] = [
    ['src/main.ts', './commands/index.ts'],
    ['src/commands/start.ts', '../app.ts'],
    ['src/commands/start.ts', '../supervisor/child.ts'],
    ['src/commands/simulators.ts', '../simulators/index.ts'],
    ['src/commands/demo.ts', '#directory'],
    ['src/commands/demo.ts', '../simulators/slack/index.ts'],
    ['src/app.ts', '../package.json'],
    ['src/app.ts', './listeners.ts'],
    ['src/app.ts', '#directory'],
    ['src/supervisor/child.ts', '../listeners.ts'],
    [inModule, '../index.ts'],
    [inModule, '#platform/db'],
    [inModule, '#notify'],
    [inModule, '#reference/postcodes'],
    [inModule, 'kysely'],
    [inModule, '@fastify/cookie'],
    ['src/modules/directory/services/service.test.ts', '../../../../test/harness/index.ts'],
    ['src/modules/directory/services/service.test.ts', 'playwright-core'],
    [inPlatform, './index.ts'],
    [inPlatform, '#platform/db'],
    [inPlatform, 'node:fs'],
    ['src/simulators/slack/index.ts', '../index.ts'],
    ['src/simulators/slack/index.ts', '#platform/jobs'],
    ['test/journey.test.ts', '../src/simulators/slack/index.ts'],
    ['test/journey.test.ts', '../src/modules/directory/testing/rows.ts'],
    ['bench/intake.ts', 'autocannon'],
    ['bench/intake.ts', '../src/modules/directory/services/service.ts'],
    ['src/modules/directory/testing/rows.ts', '../../../../test/harness/index.ts'],
    ['src/modules/directory/services/service.test.ts', '../testing/rows.ts'],
    ['scripts/check.ts', '../src/app.ts'],
  ];
  for (const [path, specifier] of allowed) {
    test(`${path} may import ${specifier}`, () => {
      assert.deepEqual(messages(path, `import { it } from '${specifier}';\nit();\n`), []);
    });
  }
});

describe('imports that are refused', () => {
  const refused: [path: string, specifier: string, reason: RegExp][] = [
    [inPlatform, '#directory', /platform\/jobs must not import from module directory/],
    [inPlatform, '../../modules/directory/index.ts', /reach it as #directory/],
    [inPlatform, '../db/index.ts', /reach it as #platform\/db/],
    [inPlatform, '../../app.ts', /must not import from app/],
    [inPlatform, '#platform/jobs', /by relative path/],
    [inPlatform, '#platform/dbs', /src\/platform\/dbs\/index.ts does not exist/],
    [inPlatform, '#reference/postcodes', /must not import from reference/],
    [inModule, '#platform/db/pool', /through its index.ts only/],
    [inModule, '../../../platform/db/pool.ts', /reach it as #platform\/db/],
    [inModule, '../../notify/routes/send-sms.ts', /reach it as #notify/],
    [inModule, '#parties', /"directory -> parties" is not among the allowed module edges/],
    [inModule, '#nothing', /no entry of "imports"/],
    [inModule, '../../../simulators/index.ts', /must not import from simulators/],
    [inModule, '../../../app.ts', /must not import from app/],
    [inModule, '../../../../test/harness/index.ts', /must not need test code/],
    [inModule, '../testing/rows.ts', /must not need test code/],
    [inModule, './missing.ts', /does not exist/],
    [inModule, 'lodash', /not a dependency/],
    [inModule, 'autocannon', /is a dev dependency/],
    [inModule, 'fs', /write node:fs/],
    ['src/modules/notify/routes/send-sms.ts', '#directory', /"notify -> directory"/],
    ['src/simulators/slack/index.ts', '#directory', /simulators must not import from module directory/],
    ['src/commands/start.ts', '../modules/directory/services/service.ts', /reach it as #directory/],
    ['src/commands/start.ts', '../main.ts', /must not import from main/],
    ['src/app.ts', './commands/index.ts', /app must not import from commands/],
    ['src/app.ts', './main.ts', /app must not import from main/],
    ['src/reference/postcodes.ts', '#platform/db', /must not import/],
    ['src/reference/postcodes.ts', 'node:fs', /import nothing/],
    ['src/utils/text.ts', '../app.ts', /folder that has no rules/],
    ['test/journey.test.ts', '../src/modules/directory/services/service.ts', /reach it as #directory/],
    ['scripts/check.ts', '../../elsewhere.ts', /leaves the repository/],
  ];
  for (const [path, specifier, reason] of refused) {
    test(`${path} may not import ${specifier}`, () => {
      assert.match(only(path, `import { it } from '${specifier}';\nit();\n`), reason);
    });
  }

  const forms = [
    `import '#parties';`,
    `import parties from '#parties';`,
    `import parties, { put } from '#parties';`,
    `import * as parties from "#parties";`,
    `import type { Party } from '#parties';`,
    `import {\n  put, // why 'this' one\n  type Party,\n} from '#parties';`,
    `export { put } from '#parties';`,
    `export * from '#parties';`,
    `export type { Party } from '#parties';`,
    `const parties = await import('#parties');`,
    'const parties = await import(`#parties`);',
    `const load = () => import(/* later */ '#parties');`,
    `type Party = import('#parties').Party;`,
    `const parties = require('#parties');`,
    'const text = `a ${`b ${await import("#parties")}`} c`;',
    'const ratio = total / 2; import("#parties"); const other = 1 / 3;',
    `const quote = /['"\`]/; import('#parties');`,
  ];
  for (const form of forms) {
    test(`found in the form ${form}`, () => {
      assert.match(only(inModule, form), /"directory -> parties"/);
    });
  }

  test('a computed import is refused in the product and allowed in scripts', () => {
    const source = 'const it = await import(`#${name}`);';
    assert.match(only(inModule, source), /computed name/);
    assert.deepEqual(messages('scripts/check.ts', source), []);
  });

  test('a file run by its address counts as imported', () => {
    const source = `fork(new URL('../../notify/routes/send-sms.ts', import.meta.url));`;
    assert.match(only(inModule, source), /reach it as #notify/);
  });

  test('main.ts is run by its address, and imported by nobody', () => {
    const run = `spawn(fileURLToPath(new URL('../main.ts', import.meta.url)));`;
    for (const path of ['src/commands/start.ts', 'bench/start.ts', 'test/kill.test.ts']) {
      const source = run.replace('../', path.startsWith('src') ? '../' : '../src/');
      assert.deepEqual(messages(path, source), [], path);
    }
    assert.match(only('src/platform/db.ts', run), /no rules/);
    assert.match(only(inModule, run.replace('../', '../../../')), /must not import from main/);
  });

  test('what only looks like an import is left alone', () => {
    const sources = [
      `// import { put } from '#parties';`,
      `/* import '#parties'; */`,
      `const text = "import { put } from '#parties'";`,
      'const text = `import("#parties")`;',
      `const here = import.meta.url;`,
      `registry.import('#parties');`,
      `const pattern = /import '#parties'/;`,
      `export const from = '#parties';`,
      `export { from };\nconst to = '#parties';`,
    ];
    for (const source of sources) assert.deepEqual(messages(inModule, source), [], source);
  });
});

describe('the environment and the end of the process', () => {
  const reads = [
    'const port = process.env.PORT;',
    `const port = process['env'].PORT;`,
    'const port = process?.env?.PORT;',
    'const { env } = process;',
    'const port = globalThis.process.env.PORT;',
    `import { env } from 'node:process';`,
    `import { env as settings } from 'node:process';`,
  ];
  for (const source of reads) {
    test(`refused in a module: ${source}`, () =>
      assert.match(only(inModule, source), /reads the environment/));
  }

  test('read in platform/config, main, commands, scripts and tests only', () => {
    const source = 'const port = process.env.PORT;';
    const readers = [
      'src/platform/config/index.ts',
      'src/main.ts',
      'src/commands/start.ts',
      'scripts/check.ts',
      'test/x.ts',
    ];
    for (const path of readers) assert.deepEqual(messages(path, source), [], path);
    for (const path of ['src/app.ts', inPlatform, 'src/simulators/slack/index.ts']) {
      assert.match(only(path, source), /reads the environment/);
    }
  });

  test('the process is ended by main.ts alone', () => {
    for (const path of [inModule, inPlatform, 'src/commands/start.ts', 'src/app.ts']) {
      assert.match(only(path, 'process.exit(1);'), /only main.ts does/);
      assert.deepEqual(messages(path, 'process.exitCode = 1; job.process.exit(); // process.exit()'), []);
    }
    assert.match(only(inModule, `import { exit } from 'node:process';`), /only main.ts does/);
    for (const path of ['src/main.ts', 'scripts/check.ts']) {
      assert.deepEqual(messages(path, 'process.exit(1);'), []);
    }
  });
});

describe('SQL', () => {
  const statements = [
    `import { sql as query } from 'kysely';`,
    `const now = sql.raw('now()');`,
    'await sql`refresh materialized view x`.execute(db);',
    'await sql<{ id: string }>`values (1)`.execute(db);',
    'await sql<Map<string, Row>>`values (1)`.execute(db);',
    `await db.selectFrom('jobs').select('id').execute();`,
    `await db.insertInto('jobs').values(row).execute();`,
    `await pool.query('select id from jobs');`,
    `await pool.query('SELECT 1');`,
    'await pool.query(`\n  with due as (select 1)\n  delete from jobs`);',
    `await client.query('begin');`,
    `await pool.query("update jobs set state = 'done'");`,
    `await pool.query('create index on jobs (id)');`,
  ];
  for (const source of statements) {
    test(`refused outside a queries file: ${source.trim()}`, () => {
      const found = messages(inModule, source);
      assert.ok(found.length > 0);
      assert.match(found.join('\n'), /SQL outside/);
      for (const path of ['src/modules/directory/services/service-queries.ts', 'test/x.ts', 'bench/x.ts']) {
        assert.deepEqual(messages(path, source), [], path);
      }
      assert.deepEqual(messages('src/modules/directory/services/service.test.ts', source), []);
    });
  }

  test('words for people are not taken for SQL', () => {
    const sources = [
      `const label = 'Select a day from the list';`,
      `const hint = 'Update the settings';`,
      `const action = 'select';`,
      `const verb = 'begin with the oldest';`,
      `import type { Kysely } from 'kysely';`,
      `const sqlState = error.sql;`,
      `import { sql } from 'kysely';\nconst table = sql.id('pgboss', name);`,
    ];
    for (const source of sources) assert.deepEqual(messages(inModule, source), [], source);
  });
});

describe('length', () => {
  test('a file of 500 lines passes and one of 501 does not', () => {
    assert.deepEqual(messages(inModule, 'a();\n'.repeat(500)), []);
    assert.match(only(inModule, 'a();\n'.repeat(501)), /has 501 lines/);
  });

  test('tables of facts are as long as the facts', () => {
    assert.deepEqual(
      messages('src/modules/directory/services/service-types-data.ts', 'a();\n'.repeat(900)),
      [],
    );
    assert.deepEqual(messages('src/reference/postcodes.ts', 'a();\n'.repeat(900)), []);
  });
});

describe('the lexer', () => {
  test('a file it cannot follow fails the check', () => {
    for (const source of [`const a = 'open`, 'const a = `open', '/* open', 'const a = /open']) {
      assert.match(only(inModule, source), /cannot be read/);
    }
  });

  test('lines are counted through comments and templates', () => {
    const source = "/* one\ntwo */\nconst a = `three\n${'x'}\nfive`;\nimport '#parties';\n";
    assert.deepEqual(
      findImports(tokenize(source)).modules.map(({ line }) => line),
      [6],
    );
  });

  test('exported names are read, whatever they are called here', () => {
    const [imported] = findImports(tokenize(`import type a, { b as c, type D } from 'x';`)).modules;
    assert.deepEqual(imported, {
      specifier: 'x',
      names: ['default', 'b', 'D'],
      isTypeOnly: true,
      isAddress: false,
      line: 1,
    });
  });
});
