// Branches and releases as the parties' original has them: names that are checked, branches that descend from main.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { branchProblem, featureBranch, releaseBranch, versionOf } from './workflow/branch-names.ts';
import {
  newestRelease,
  releaseChangelog,
  releaseProblem,
  writeChangelog,
  writeVersion,
} from './workflow/changelog.ts';

const USAGE = `npm run workflow:create-feature-branch -- --ticket PI-123 --description "what it is about"
npm run workflow:create-release-branch   with the version, and what is unreleased as the changelog of the release
npm run workflow:changelog               writes CHANGELOG.md again from changelog/
npm run workflow:check -- [--branch name]
npm run workflow:tag                     on main after the merge: release/<newest changelog>

--project PI is the key that tickets begin with.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ticket: { type: 'string' },
    description: { type: 'string', default: '' },
    branch: { type: 'string' },
    project: { type: 'string', default: 'PI' },
  },
});

try {
  switch (positionals[0]) {
    case 'create-feature-branch':
      requireRebased();
      createBranch(featureBranch(values.ticket ?? '', values.description, values.project));
      break;
    case 'create-release-branch':
      requireRebased();
      createRelease();
      break;
    case 'changelog':
      writeChangelog('.');
      break;
    case 'tag':
      tagRelease();
      break;
    case 'check':
      check(values.branch ?? git('rev-parse', '--abbrev-ref', 'HEAD'));
      break;
    default:
      throw new Error(USAGE);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function check(branch: string): void {
  const problem = branchProblem(branch, values.project);
  if (problem !== undefined) throw new Error(problem);
  requireRebased();
  if (branch.startsWith('release/')) {
    const fault = releaseProblem('.', nameOf(branch), versionOf(branch));
    if (fault !== undefined) throw new Error(fault);
  }
  console.log(`${branch} is a branch as it should be.`);
}

function createRelease(): void {
  const today = new Date().toISOString().slice(0, 10);
  const branch = releaseBranch(today, git('branch', '--all', '--format', '%(refname:short)').split('\n'));
  createBranch(branch);
  releaseChangelog('.', nameOf(branch));
  writeVersion('.', versionOf(branch));
}

/** Tags the release that was merged last; what is tagged already keeps its tag. */
function tagRelease(): void {
  const release = newestRelease('.');
  if (release === undefined) throw new Error('There is no release: changelog/ is empty');
  const tag = `release/${release}`;
  if (git('tag', '--list', tag) === '') git('tag', tag);
  console.log(tag);
}

function nameOf(releaseBranchName: string): string {
  return releaseBranchName.replace('release/', '');
}

function createBranch(name: string): void {
  git('checkout', '-b', name);
  console.log(`On ${name}`);
}

/** Refuses unless the tip of main is among the ancestors of what is checked out. */
function requireRebased(): void {
  try {
    git('merge-base', '--is-ancestor', 'main', 'HEAD');
  } catch {
    throw new Error('This branch does not descend from the tip of main: rebase it first');
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trim();
}
