// Black-box tests of any running instance, over HTTP alone. They change nothing there.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './app-parts.ts';

const usage = `npm run acceptance -- --url http://127.0.0.1:8080 [--directory-key KEY]

  --url URL             the console address of the instance
  --directory-key KEY   an API key of its directory module; without one the tests that need it are skipped`;

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: process.env.ACCEPTANCE_URL },
    'directory-key': { type: 'string', default: process.env.ACCEPTANCE_DIRECTORY_KEY },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help || values.url === undefined || !URL.canParse(values.url)) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  const folder = join(root, 'test', 'acceptance');
  const files = readdirSync(folder).filter((name) => name.endsWith('.acceptance.ts'));
  const child = spawn(
    process.execPath,
    ['--test', '--test-reporter=spec', '--test-timeout=60000', ...files.map((name) => join(folder, name))],
    {
      cwd: root,
      env: {
        ...process.env,
        ACCEPTANCE_URL: values.url,
        ...(values['directory-key'] && { ACCEPTANCE_DIRECTORY_KEY: values['directory-key'] }),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
