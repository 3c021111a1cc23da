/** Which part of the system a file belongs to; the rules of imports speak of areas only. */
export type Area =
  | { kind: 'main' | 'commands' | 'app' | 'simulators' | 'reference' }
  | { kind: 'platform' | 'module'; name: string }
  | { kind: 'test' | 'bench' | 'scripts' }
  | { kind: 'unknown' };

// `app.ts` and the files beside it (listeners, supervisor) are one area: what composes and runs the system.
const appFolders = ['supervisor'];

export function areaOf(path: string): Area {
  const [top, folder, name, ...rest] = path.split('/');
  if (top === 'test' || top === 'bench' || top === 'scripts') return { kind: top };
  if (top !== 'src' || folder === undefined) return { kind: 'unknown' };
  if (folder === 'main.ts') return { kind: 'main' };
  if (name === undefined || appFolders.includes(folder)) return { kind: 'app' };
  if (folder === 'commands' || folder === 'simulators' || folder === 'reference') return { kind: folder };
  if (folder === 'platform' && rest.length > 0) return { kind: 'platform', name };
  if (folder === 'modules' && rest.length > 0) return { kind: 'module', name };
  return { kind: 'unknown' };
}

export function isSameArea(a: Area, b: Area): boolean {
  if (a.kind !== b.kind || a.kind === 'unknown') return false;
  return ('name' in a ? a.name : '') === ('name' in b ? b.name : '');
}

export function describeArea(area: Area): string {
  if (area.kind === 'platform') return `platform/${area.name}`;
  return area.kind === 'module' ? `module ${area.name}` : area.kind;
}

/** Tests and their fixtures beside the code: held to the import rules, free of those on SQL and the environment. */
export function isTestFile(path: string): boolean {
  return path.startsWith('test/') || /\.(test|fixture)\.ts$/.test(path);
}
