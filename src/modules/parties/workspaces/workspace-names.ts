import { createHash } from 'node:crypto';
import { CommandRefusal } from '#platform/module';

export type WorkspaceType = 'PERSISTENT' | 'CI' | 'LOCAL';

export const ENVIRONMENTS = ['dev', 'qa', 'int', 'ref', 'prod'];

const HOURS: Record<WorkspaceType, number | undefined> = { PERSISTENT: undefined, CI: 168, LOCAL: 72 };
const HOUR_MS = 3_600_000;
/** The name of a database holds 63 bytes, with our prefix and the environment before it. */
const MAX_LENGTH = 32;

/** First eight hexadecimal digits of the SHA-1 of the user name's line: spec section 8.6. */
export function defaultWorkspaceName(userName: string): string {
  return createHash('sha1').update(`${userName}\n`).digest('hex').slice(0, 8);
}

/** The name in lower case; refuses what a published route cannot have. */
export function checkWorkspaceName(given: string): string {
  const name = given.toLowerCase();
  if (!/^[a-z0-9_][a-z0-9_-]*$/.test(name) || name.includes('--') || name.length > MAX_LENGTH) {
    throw new CommandRefusal(
      `A workspace name has at most ${MAX_LENGTH} letters, digits, hyphens and underscores, does not begin with a hyphen and has no two in a row: ${given}`,
      2,
    );
  }
  return name;
}

export function workspaceTypeOf(name: string, environment: string): WorkspaceType {
  if (name === environment || name === `${environment}-sandbox`) return 'PERSISTENT';
  return name.startsWith('ci-') ? 'CI' : 'LOCAL';
}

/** When it expires if it is deployed now; undefined never. */
export function expiryOf(type: WorkspaceType, now: Date): Date | undefined {
  const hours = HOURS[type];
  return hours === undefined ? undefined : new Date(now.getTime() + hours * HOUR_MS);
}

/** Where it is published. Environments have their workspaces' names to themselves, so theirs is part of it. */
export function routeOf(name: string, environment: string, type: WorkspaceType): string {
  const published = type === 'PERSISTENT' ? name : `${environment}-${name}`;
  return `/connecting-party-manager-${published}`;
}

/** `YYYY-MM-DDTHH:MM:SSZ`, or NEVER. */
export function expiryText(expiry: Date | null): string {
  return expiry === null ? 'NEVER' : `${expiry.toISOString().slice(0, 19)}Z`;
}

/** What the workspaces of a branch begin with: its ticket, or the date of its release. */
export function workspacePrefixOf(branch: string): string | undefined {
  const ticket = /^feature\/([A-Za-z]+-\d+)(?:-|$)/.exec(branch)?.[1];
  if (ticket !== undefined) return `ci-${ticket.toLowerCase()}-`;
  const release = /^release\/(\d{4}-\d{2}-\d{2}(?:-[a-z])?)$/.exec(branch)?.[1];
  return release === undefined ? undefined : `rel-${release}-`;
}
