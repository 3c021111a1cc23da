export const usage = `npm test -- [options] [files or filters]

  files or filters    a test file, a folder, or a part of the path: npm test -- jobs
  --external URL      use this PostgreSQL server (a superuser or a role that may create databases) in place of an
                      embedded one; TEST_DATABASE_URL says the same
  --no-pages          leave out the page tests (test/pages, test/web), which need Chromium
  --server-only       only what can come out differently on another PostgreSQL server; without page tests
  -t PATTERN          only tests whose name matches
  --test-...          any other option of node's test runner, for example --test-only`;

export interface TestArguments {
  kind: 'run' | 'help';
  external: string | undefined;
  withPages: boolean;
  /** Leaves out what no PostgreSQL server changes. */
  isServerOnly: boolean;
  /** Handed to node's test runner as they are. */
  nodeOptions: string[];
  filters: string[];
}

// These take the next word as their value when they have none of their own.
const optionsWithValue = new Set([
  '--test-name-pattern',
  '--test-skip-pattern',
  '--test-reporter',
  '--test-reporter-destination',
  '--test-concurrency',
  '--test-timeout',
  '--test-shard',
]);

export function parseTestArguments(args: string[]): TestArguments {
  const result: TestArguments = {
    kind: 'run',
    external: undefined,
    withPages: true,
    isServerOnly: false,
    nodeOptions: [],
    filters: [],
  };
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name = '', ...values] = arg.split('=');
    const ownValue = values.length > 0 ? values.join('=') : undefined;
    const value = () => ownValue ?? rest.shift() ?? missingValue(name);
    if (name === '--help' || name === '-h') result.kind = 'help';
    else if (name === '--external') result.external = value();
    else if (name === '--no-pages') result.withPages = false;
    else if (name === '--server-only') Object.assign(result, { withPages: false, isServerOnly: true });
    else if (name === '-t') result.nodeOptions.push(`--test-name-pattern=${value()}`);
    else if (optionsWithValue.has(name)) result.nodeOptions.push(`${name}=${value()}`);
    else if (arg.startsWith('-')) result.nodeOptions.push(arg);
    else result.filters.push(arg);
  }
  return result;
}

function missingValue(name: string): never {
  throw new Error(`${name} needs a value.\n\n${usage}`);
}
