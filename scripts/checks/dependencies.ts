/** The parts of package.json and package-lock.json that the checks read. */
export interface PackageFile {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  allowScripts?: Record<string, boolean>;
}

export interface Lockfile {
  packages: Record<string, LockedPackage>;
}

interface LockedPackage extends PackageFile {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
}

const groups = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

// Licences that let us ship under MIT without further duty than keeping the notice.
const permissive = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Zlib',
  'PostgreSQL',
]);
// Fine for tools that we run and never ship.
const permissiveForTools = new Set([...permissive, 'MPL-2.0', 'CC-BY-4.0', 'Python-2.0']);

export function findLicenceProblems(lockfile: Lockfile): string[] {
  return installed(lockfile).flatMap(([name, { license, dev }]) => {
    if (license === undefined) return [`${name} states no licence`];
    const allowed = dev ? permissiveForTools : permissive;
    return isAllowed(license, allowed)
      ? []
      : [`${name} is under ${license}, which is not among the allowed licences`];
  });
}

/** `A OR B` needs one of them, `A AND B` all. */
function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const plain = expression.replaceAll(/[()]/g, '');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((id) => allowed.has(id.trim())));
}

/** What must hold so that every machine installs the same packages from whichever registry it uses. */
export function findLockfileProblems(packageFile: PackageFile, lockfile: Lockfile): string[] {
  const problems: string[] = [];
  const root = lockfile.packages[''];
  for (const group of groups) {
    const [wanted, locked] = [packageFile[group] ?? {}, root?.[group] ?? {}];
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(locked)])) {
      if (wanted[name] !== locked[name])
        problems.push(`${group}: ${name} differs between package.json and the lockfile`);
    }
    for (const [name, version] of Object.entries(wanted)) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        problems.push(`${name} must have an exact version, not ${version}`);
    }
  }
  const allowed = packageFile.allowScripts ?? {};
  const withScripts = new Set<string>();
  for (const [name, entry] of installed(lockfile)) {
    if (entry.resolved !== undefined) problems.push(`${name} names the registry it came from ("resolved")`);
    if (entry.integrity === undefined) problems.push(`${name} has no integrity hash`);
    if (entry.hasInstallScript) withScripts.add(name);
  }
  for (const name of withScripts) {
    if (allowed[name] === undefined)
      problems.push(`${name} has an install script and no entry in "allowScripts"`);
  }
  for (const name of Object.keys(allowed)) {
    if (!withScripts.has(name)) problems.push(`"allowScripts" lists ${name}, which has no install script`);
  }
  return problems;
}

/** Direct dependencies whose row `| name | version |` is missing from docs/dependencies.md, and rows too many. */
export function findUndocumentedDependencies(packageFile: PackageFile, page: string): string[] {
  const rows = new Map(
    [...page.matchAll(/^\| `([^`]+)` \| ([^ |]+) \|/gm)].map(([, name = '', version = '']) => [
      name,
      version,
    ]),
  );
  const direct = new Map(groups.flatMap((group) => Object.entries(packageFile[group] ?? {})));
  const problems: string[] = [];
  for (const [name, version] of direct) {
    const written = rows.get(name);
    if (written === undefined) problems.push(`docs/dependencies.md has no row for ${name}`);
    else if (written !== version)
      problems.push(`docs/dependencies.md gives ${name} ${written}, package.json ${version}`);
  }
  for (const name of rows.keys()) {
    if (!direct.has(name))
      problems.push(`docs/dependencies.md has a row for ${name}, which is not a dependency`);
  }
  return problems;
}

function installed(lockfile: Lockfile): [name: string, entry: LockedPackage][] {
  return Object.entries(lockfile.packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), entry]);
}
