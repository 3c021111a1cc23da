/** Every npm script, by what it is for: parties specification, promise 30. */
export const COMMANDS: Record<string, Record<string, string>> = {
  'Every day': {
    start: 'runs everything on this machine',
    test: 'all tests, or those whose path has a word in it',
    check: 'types, lint, boundaries, drift of generated files, licences, secrets',
    format: 'formats, and mends what the linter can mend',
    schema: 'writes docs/schema from a freshly migrated database',
    docs: 'writes the settings table of docs/operations.md',
    build: 'checks types and the API description; only what changed is checked again',
    commands: 'this list',
    prepare: 'switches the commit hook on; npm runs it after an installation',
  },
  'Tests of a running installation': {
    acceptance: 'black-box tests of a whole instance; they change nothing there',
    'test:smoke': 'smoke tests of a parties register: --base-url, --apikey',
    'test:feature': 'feature tests of a parties register: --base-url, --apikey',
  },
  'The parties module': {
    'test:unit': 'its tests without a database; --rerun for those that failed',
    'test:integration': 'its tests with a database; --rerun for those that failed',
    'test:feature:local': 'its feature tests in one process; writes the Postman files',
    'openapi:check': 'checks its API description',
    admin: 'signalbox parties: generate-ids, load, import, sandbox, workspace',
    sbom: 'writes the bill of materials, CycloneDX 1.5',
    'sbom:check': 'the same, and fails on a critical vulnerability',
  },
  'Branches, releases, deployments': {
    'workflow:create-feature-branch': 'feature/<ticket>-<description>, from the tip of main',
    'workflow:create-release-branch': 'release/<date> with its version and changelog',
    'workflow:changelog': 'writes CHANGELOG.md again from changelog/',
    'workflow:check': 'checks the branch: its name, its base, its changelog',
    'workflow:upgrade': "takes over the base commit's register: --base",
    'workflow:tag': 'tags the release that was merged into main',
    'workflow:deploy': 'deploys the checked-out release: --environment, --base-url',
    'notify:slack': 'tells a Slack webhook of a deployment, a merge or a backup',
  },
};
