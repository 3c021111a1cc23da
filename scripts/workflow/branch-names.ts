const RELEASE = /^release\/[0-9]{4}-[0-9]{2}-[0-9]{2}(-[a-z])?$/;

/** Why a branch name is not allowed, or undefined when it is: parties specification section 8.7. */
export function branchProblem(branch: string, project: string): string | undefined {
  const feature = new RegExp(`^feature/${project}-[0-9]+[-][A-Za-z0-9_]*$`);
  if (feature.test(branch) || RELEASE.test(branch) || /^dependabot\/.*/.test(branch)) return undefined;
  return `${branch} is neither feature/${project}-<number>-<description>, release/<date> nor dependabot/...`;
}

export function featureBranch(ticket: string, description: string, project: string): string {
  if (!new RegExp(`^${project}-[0-9]+$`).test(ticket))
    throw new Error(`A ticket is ${project}-<number>, not "${ticket}"`);
  const words = description.trim().toLowerCase().replaceAll(' ', '_');
  if (!/^[a-z0-9_]+$/.test(words)) throw new Error('A description has letters, digits and spaces');
  return `feature/${ticket}-${words}`;
}

/** Today's date; with a letter when that is taken. */
export function releaseBranch(today: string, branches: string[]): string {
  const suffixes = ['', ...'abcdefghijklmnopqrstuvwxyz'].map((letter) => (letter === '' ? '' : `-${letter}`));
  const isTaken = (name: string) => branches.some((branch) => branch === name || branch.endsWith(`/${name}`));
  const free = suffixes.map((suffix) => `release/${today}${suffix}`).find((name) => !isTaken(name));
  if (free === undefined) throw new Error(`Every release of ${today} is taken`);
  return free;
}

/** `2025.12.18` or `2025.12.18.a`. */
export function versionOf(releaseBranchName: string): string {
  return releaseBranchName.replace('release/', '').replaceAll('-', '.');
}
