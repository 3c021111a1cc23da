import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  branchProblem,
  featureBranch,
  releaseBranch,
  versionOf,
} from '../../scripts/workflow/branch-names.ts';

test('branches are named by ticket or by date', () => {
  assert.equal(featureBranch('PI-12', 'Add Some things', 'PI'), 'feature/PI-12-add_some_things');
  assert.throws(() => featureBranch('XX-12', 'a', 'PI'), /A ticket is PI/);
  assert.throws(() => featureBranch('PI-12', 'a/b', 'PI'), /letters, digits/);
  for (const good of [
    'feature/PI-12-add_some_things',
    'release/2026-01-02',
    'release/2026-01-02-a',
    'dependabot/x/y',
  ]) {
    assert.equal(branchProblem(good, 'PI'), undefined);
  }
  for (const bad of ['main', 'feature/PI-x', 'feature/PI-1', 'release/2026-1-2', 'release/2026-01-02-aa']) {
    assert.ok(branchProblem(bad, 'PI'), bad);
  }
});

test('a release takes the next letter when its date is taken, and its version has dots', () => {
  assert.equal(releaseBranch('2026-01-02', ['main']), 'release/2026-01-02');
  assert.equal(
    releaseBranch('2026-01-02', ['release/2026-01-02', 'origin/release/2026-01-02-a']),
    'release/2026-01-02-b',
  );
  assert.equal(versionOf('release/2026-01-02-b'), '2026.01.02.b');
});
