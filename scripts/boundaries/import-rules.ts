import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { type Area, areaOf, describeArea, isSameArea, isTestFile } from './areas.ts';
import type { ImportedModule } from './imports.ts';

export interface ImportPolicy {
  /** Every .ts file of the repository, to tell a face that exists from a misspelt one. */
  files: ReadonlySet<string>;
  /** `imports` of package.json. */
  aliases: Record<string, string>;
  dependencies: ReadonlySet<string>;
  devDependencies: ReadonlySet<string>;
  /** `from -> to` pairs of modules: `notify -> parties` lets notify import `#parties`. */
  moduleEdges: readonly string[];
}

/** Why `path` must not import this, or undefined when it may. */
// Holds the rules of a module against the data of a simulator, which neither may import from the other.
const mayLookInside = new Set(['test/made-up-pharmacies.test.ts']);

export function importProblem(
  path: string,
  imported: ImportedModule,
  policy: ImportPolicy,
): string | undefined {
  const { specifier } = imported;
  if (specifier.startsWith('.')) return relativeProblem(path, imported, policy);
  if (specifier.startsWith('#')) return aliasProblem(path, specifier, policy);
  if (specifier.startsWith('/') || specifier.includes('://'))
    return 'imports must be relative, # or a package';
  return packageProblem(path, imported, policy);
}

// The supervisor starts further processes of the same program; tests and benchmarks start and kill whole ones.
const mayStartProcesses = new Set<Area['kind']>(['app', 'commands', 'test', 'bench', 'scripts']);

function relativeProblem(path: string, imported: ImportedModule, policy: ImportPolicy): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(path), imported.specifier));
  if (target.startsWith('../')) return 'leaves the repository';
  if (target === 'package.json') return undefined;
  if (target.endsWith('.ts') && !policy.files.has(target)) return `${target} does not exist`;
  const from = areaOf(path);
  const to = areaOf(target);
  if (from.kind === 'unknown') return 'is in a folder that has no rules: see scripts/boundaries/areas.ts';
  if (isTestFile(target) && path.startsWith('src/') && !isTestFile(path))
    return 'the product must not need test code';
  if (isSameArea(from, to)) return undefined;
  // A benchmark measures an inner part by itself.
  const isInside = to.kind === 'platform' || to.kind === 'module';
  if (isInside && (from.kind === 'bench' || mayLookInside.has(path))) return undefined;
  if (to.kind === 'main' && imported.isAddress && mayStartProcesses.has(from.kind)) return undefined;
  // Tests across modules make their applications and rows with what the module's own tests use.
  if (to.kind === 'module' && from.kind === 'test' && target.includes('/testing/')) return undefined;
  if (to.kind === 'platform') return `reach it as #platform/${to.name}`;
  if (to.kind === 'module') return `reach it as #${to.name}`;
  if (to.kind === 'reference') return `reach it as #reference/...`;
  if (to.kind === 'test' && isTestFile(path)) return undefined;
  return areaProblem(from, to, policy);
}

function aliasProblem(path: string, specifier: string, policy: ImportPolicy): string | undefined {
  const target = resolveAlias(specifier, policy.aliases);
  if (target === undefined) return `no entry of "imports" in package.json matches it`;
  const isDeepPlatformPath = /^#platform\/[^/]+\//.test(specifier);
  if (isDeepPlatformPath) return 'a part of the platform is reached through its index.ts only';
  if (!policy.files.has(target)) return `${target} does not exist`;
  const from = areaOf(path);
  const to = areaOf(target);
  if (isSameArea(from, to)) return 'a part imports its own files by relative path';
  return areaProblem(from, to, policy);
}

function resolveAlias(specifier: string, aliases: Record<string, string>): string | undefined {
  for (const [pattern, target] of Object.entries(aliases)) {
    const [before = '', after] = pattern.split('*');
    if (after === undefined ? specifier !== pattern : !specifier.startsWith(before)) continue;
    const matched =
      after === undefined ? '' : specifier.slice(before.length, specifier.length - after.length);
    return posix.normalize(target.replace('*', matched));
  }
  return undefined;
}

// Read as: files of the area on the left may import from the areas on the right (main → app → modules → platform).
const allowedTargets: Record<Area['kind'], readonly Area['kind'][]> = {
  main: ['commands', 'app', 'simulators', 'module', 'platform', 'reference'],
  commands: ['app', 'simulators', 'module', 'platform', 'reference'],
  app: ['module', 'platform', 'reference'],
  module: ['module', 'platform', 'reference'],
  simulators: ['platform', 'reference'],
  platform: ['platform'],
  reference: [],
  test: ['commands', 'app', 'simulators', 'module', 'platform', 'reference', 'scripts', 'bench'],
  bench: ['commands', 'app', 'simulators', 'module', 'platform', 'reference', 'test', 'scripts'],
  scripts: ['commands', 'app', 'simulators', 'module', 'platform', 'reference', 'test'],
  unknown: [],
};

function areaProblem(from: Area, to: Area, policy: ImportPolicy): string | undefined {
  if (!allowedTargets[from.kind].includes(to.kind)) {
    return `${describeArea(from)} must not import from ${describeArea(to)}`;
  }
  if (from.kind === 'module' && to.kind === 'module') {
    const edge = `${from.name} -> ${to.name}`;
    if (!policy.moduleEdges.includes(edge)) return `"${edge}" is not among the allowed module edges`;
  }
  return undefined;
}

function packageProblem(path: string, imported: ImportedModule, policy: ImportPolicy): string | undefined {
  const { specifier, isTypeOnly } = imported;
  const isReference = areaOf(path).kind === 'reference' && !isTestFile(path);
  if (specifier.startsWith('node:')) return isReference ? 'reference facts import nothing' : undefined;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  if (isReference) return 'reference facts import nothing';
  if (policy.dependencies.has(name)) return undefined;
  if (!policy.devDependencies.has(name)) return `${name} is not a dependency in package.json`;
  const isProduct = path.startsWith('src/') && !isTestFile(path);
  if (isProduct && !isTypeOnly) return `${name} is a dev dependency: the product must not need it`;
  return undefined;
}
