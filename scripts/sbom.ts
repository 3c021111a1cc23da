// The software bill of materials, CycloneDX 1.5, of what is installed to run the product; and whether any of it has a
// critical vulnerability.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FILE = 'cpm.cdx.json';
const USAGE =
  'npm run sbom writes cpm.cdx.json; npm run sbom:check writes it and fails on a critical vulnerability.';

interface Document {
  bomFormat: string;
  specVersion: string;
  components: { name: string; version: string }[];
}

const [action] = process.argv.slice(2);
try {
  if (action === 'write') await writeDocument();
  else if (action === 'check') await check();
  else {
    console.error(USAGE);
    process.exitCode = 2;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function check(): Promise<void> {
  await writeDocument();
  const critical = await countCritical();
  console.log(`${critical} critical vulnerabilities`);
  if (critical > 0) process.exitCode = 1;
}

async function writeDocument(): Promise<void> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--sbom-type', 'application'];
  const { stdout } = await run('npm', args, { maxBuffer: 64 * 1024 * 1024 });
  const document = JSON.parse(stdout) as Document;
  if (
    document.bomFormat !== 'CycloneDX' ||
    document.specVersion !== '1.5' ||
    document.components.length === 0
  ) {
    throw new Error(`npm wrote a ${document.bomFormat} ${document.specVersion} document, not CycloneDX 1.5`);
  }
  await writeFile(FILE, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`${FILE}: ${document.components.length} components, CycloneDX ${document.specVersion}`);
}

/** Asks the registry's advisory service, as the scanner of the original asks its own. */
async function countCritical(): Promise<number> {
  // npm exits with 1 when it found something, and prints the report all the same.
  const { stdout } = await run('npm', ['audit', '--omit', 'dev', '--json'], {
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }));
  const report = JSON.parse(stdout || '{}') as {
    message?: string;
    metadata?: { vulnerabilities?: { critical?: number } };
  };
  const critical = report.metadata?.vulnerabilities?.critical;
  if (critical === undefined) {
    throw new Error(
      `Nothing is known about vulnerabilities: the registry gave no audit report (${report.message ?? 'no answer'}). ` +
        'npm_config_registry names one that does.',
    );
  }
  return critical;
}
