import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `CHANGELOG.md`: a heading and a preface, what is not released yet, then every release, the newest first. */
export interface Changelog {
  preface: string;
  unreleased: string;
}

const UNRELEASED = '## Unreleased';
const RELEASE_FILE = /^\d{4}-\d{2}-\d{2}(-[a-z])?\.md$/;

/** The parts of the page that people write; its releases come from their files. */
export function parseChangelog(page: string): Changelog {
  const start = page.indexOf(`\n${UNRELEASED}\n`);
  if (!page.startsWith('# Changelog\n') || start === -1) {
    throw new Error(`CHANGELOG.md must begin with "# Changelog" and have a heading "${UNRELEASED}"`);
  }
  const rest = page.slice(start + UNRELEASED.length + 2);
  const end = rest.search(/^## /m);
  return {
    preface: page.slice(0, start).trim(),
    unreleased: (end === -1 ? rest : rest.slice(0, end)).trim(),
  };
}

/** One release, named as its file is: `2026-01-02` or `2026-01-02-a`. */
export interface Release {
  name: string;
  text: string;
}

/** The page with its releases in descending order of name (parties specification, section 8.7). */
export function changelogPage({ preface, unreleased }: Changelog, releases: Release[]): string {
  const newestFirst = releases.toSorted((a, b) => (a.name < b.name ? 1 : -1));
  const sections = [
    preface,
    UNRELEASED,
    ...(unreleased === '' ? [] : [unreleased]),
    ...newestFirst.flatMap(({ name, text }) => [`## ${name}`, text.trim()]),
  ];
  return `${sections.join('\n\n')}\n`;
}

export function readReleases(root: string): Release[] {
  const folder = join(root, 'changelog');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => RELEASE_FILE.test(file))
    .map((file) => ({ name: file.replace(/\.md$/, ''), text: readFileSync(join(folder, file), 'utf8') }));
}

/** Moves what is unreleased into a file of its own for the release, and writes the page again. */
export function releaseChangelog(root: string, name: string): void {
  const { preface, unreleased } = readPage(root);
  if (unreleased === '') throw new Error(`There is nothing under "${UNRELEASED}" in CHANGELOG.md to release`);
  mkdirSync(join(root, 'changelog'), { recursive: true });
  writeFileSync(join(root, 'changelog', `${name}.md`), `${unreleased}\n`);
  writePage(root, changelogPage({ preface, unreleased: '' }, readReleases(root)));
}

/** Writes CHANGELOG.md again from the files of the releases. */
export function writeChangelog(root: string): void {
  writePage(root, changelogPage(readPage(root), readReleases(root)));
}

/** What is wrong with the changelog of a release branch; undefined when nothing is. */
export function releaseProblem(root: string, name: string, version: string): string | undefined {
  const releases = readReleases(root);
  if (!releases.some((release) => release.name === name && release.text.trim() !== '')) {
    return `The release has no changelog: write changelog/${name}.md`;
  }
  if (releases.some((release) => release.name > name))
    return `A release after ${name} has a changelog already`;
  if (changelogPage(readPage(root), releases) !== readFileSync(join(root, 'CHANGELOG.md'), 'utf8')) {
    return 'CHANGELOG.md is not what its files make of it: run npm run workflow:changelog';
  }
  for (const [file, found] of versionsIn(root)) {
    if (found !== version) return `${file} says version ${found}, and the release is ${version}`;
  }
  return undefined;
}

/** Name of the newest release that has a changelog. */
export function newestRelease(root: string): string | undefined {
  return readReleases(root)
    .map(({ name }) => name)
    .sort()
    .at(-1);
}

/** Writes the version into VERSION, the package manifest and its lockfile. */
export function writeVersion(root: string, version: string): void {
  writeFileSync(join(root, 'VERSION'), `${version}\n`);
  for (const file of ['package.json', 'package-lock.json']) {
    const path = join(root, file);
    if (!existsSync(path)) continue;
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.version = version;
    if (manifest.packages?.['']) manifest.packages[''].version = version;
    writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  }
}

function versionsIn(root: string): [file: string, version: string][] {
  const path = join(root, 'VERSION');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return [
    ['VERSION', existsSync(path) ? readFileSync(path, 'utf8').trim() : 'nothing'],
    ['package.json', version],
  ];
}

function readPage(root: string): Changelog {
  return parseChangelog(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
}

function writePage(root: string, page: string): void {
  writeFileSync(join(root, 'CHANGELOG.md'), page);
}
