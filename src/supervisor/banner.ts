import type { PlatformConfig } from '#platform/config';

/** What `npm start` says once everything answers. `facts` come from the web process. */
export function startBanner(started: {
  config: PlatformConfig;
  roles: string[];
  facts: Record<string, unknown>;
  isEmbedded: boolean;
}): string {
  const { config, roles, facts, isEmbedded } = started;
  const base = `http://${config.host}:${config.portBase}`;
  const modules = (facts.modules as { title: string; url: string }[] | undefined) ?? [];
  const signIn = facts.firstSignIn as { email: string; path: string } | undefined;
  const rows: [string, string][] = [
    ['Console', `${base}/`],
    ...modules.map(({ title, url }): [string, string] => [title, url]),
  ];
  if (roles.includes('simulators')) {
    rows.push(['Simulators', `http://${config.host}:${config.portBase + 20}/`]);
  }
  rows.push(['API documents', `${base}/docs`]);
  rows.push([
    'Database',
    isEmbedded ? 'embedded PostgreSQL (address: npx signalbox db url)' : 'DATABASE_URL',
  ]);
  rows.push(['Data folder', config.dataDir]);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  return [
    '',
    'Signalbox is ready.',
    '',
    ...lines,
    '',
    ...(signIn
      ? [`  First sign-in as ${signIn.email}; works once:`, `  ${base}${signIn.path}`, '']
      : ['  Forgot the password? npx signalbox operators sign-in <email>', '']),
    ...(config.modules.includes('directory') && roles.includes('simulators')
      ? ['  Try it: npx signalbox demo directory --events 2000']
      : []),
    '  Stop with Ctrl-C.',
    '',
  ].join('\n');
}
