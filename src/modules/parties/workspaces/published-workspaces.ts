import type { HttpServer } from '#platform/http';
import type { WorkspaceRow } from './workspace-queries.ts';

/** The interface of a workspace on the workspace's own database. */
export interface OpenWorkspace {
  server: HttpServer;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Workspaces that this process answers for, opened when they are first called. */
export interface PublishedWorkspaces {
  /** Undefined when no workspace is published under the route. */
  find(route: string): Promise<HttpServer | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A workspace that was destroyed is gone for every process within this time. */
const CHECKED_MS = 2_000;
/** Each holds a few database connections. */
const MOST_OPEN = 20;

interface Entry {
  createdOn: number;
  checkedAt: number;
  open: Promise<OpenWorkspace>;
}

export function createPublishedWorkspaces(options: {
  select(route: string): Promise<WorkspaceRow | undefined>;
  open(workspace: WorkspaceRow): Promise<OpenWorkspace>;
}): PublishedWorkspaces {
  const { select, open } = options;
  /** The one that was looked for last stands last. */
  const entries = new Map<string, Entry>();

  async function close(route: string): Promise<void> {
    const entry = entries.get(route);
    entries.delete(route);
    // One that could not be opened has nothing to close, and its caller was told.
    const opened = await entry?.open.catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  }

  async function check(route: string): Promise<Entry | undefined> {
    const row = await select(route);
    const known = entries.get(route);
    if (known && known.createdOn === row?.created_on.getTime()) {
      known.checkedAt = performance.now();
      return known;
    }
    if (known) await close(route);
    if (!row) return undefined;
    const entry = { createdOn: row.created_on.getTime(), checkedAt: performance.now(), open: open(row) };
    entry.open.catch(() => {
      if (entries.get(route) === entry) entries.delete(route);
    });
    return entry;
  }

  return {
    find: async (route) => {
      const known = entries.get(route);
      const isFresh = known !== undefined && performance.now() - known.checkedAt < CHECKED_MS;
      const checked = isFresh ? known : await check(route);
      if (!checked) return undefined;
      // Two first calls at once: the one that comes second uses what the first opened.
      const entry = entries.get(route) ?? checked;
      if (entry !== checked) void checked.open.then((other) => other[Symbol.asyncDispose]());
      entries.delete(route);
      entries.set(route, entry);
      const [oldest] = entries.keys();
      if (entries.size > MOST_OPEN && oldest !== undefined) await close(oldest);
      return (await entry.open).server;
    },
    [Symbol.asyncDispose]: async () => {
      for (const route of [...entries.keys()]) await close(route);
    },
  };
}
