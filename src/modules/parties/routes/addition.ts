import type { FastifyRequest } from 'fastify';
import type { Permission } from '../callers/permissions.ts';
import type { PartiesContext } from '../context.ts';
import { PartiesError } from '../errors.ts';
import { type Policy, readPolicy } from '../policies/policies.ts';

/** An endpoint beyond the original: the same keys, errors and headers, and no versions yet. */
export interface Addition {
  /** Also the name of its policy file. */
  name: string;
  path: string;
  permission: Permission;
  policy: Policy;
  run(input: AdditionInput): Promise<{ body: string; headers?: Record<string, string> }>;
}

export interface AdditionInput {
  ctx: PartiesContext;
  request: FastifyRequest;
  params: Record<string, string>;
  query: URLSearchParams;
}

export function defineAddition(addition: Omit<Addition, 'policy'>): Addition {
  return { ...addition, policy: readPolicy(addition.name) };
}

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

/** `limit` of a query: 1 to 1,000, 100 when it is absent. Throws the 400 of a limit that is neither. */
export function readLimit(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return DEFAULT_PAGE;
  const limit = Number(text);
  if (!/^\d{1,4}$/.test(text) || limit < 1 || limit > MAX_PAGE) {
    throw PartiesError.invalid(`limit: must be a whole number from 1 to ${MAX_PAGE}`);
  }
  return limit;
}
