import type { FastifyRequest } from 'fastify';
import type { Permission } from '../callers/permissions.ts';
import type { PartiesContext } from '../context.ts';
import { type Policy, readPolicy } from '../policies/policies.ts';
import type { ChangeOrigin } from '../store/change.ts';
import type { Steps } from './steps.ts';

/** What the steps of an operation are given. */
export interface OperationInput {
  ctx: PartiesContext;
  request: FastifyRequest;
  /** Percent-decoded path parameters. */
  params: Record<string, string>;
  origin: ChangeOrigin;
  /** Runs a step of the pipeline under its name in spec section 6.1. */
  step: Steps['step'];
}

export interface OperationAnswer {
  status: 200 | 201;
  body: string;
}

export type OperationVersion = (input: OperationInput) => Promise<OperationAnswer>;

/** One endpoint of the contract: where it listens, who may call it, and an implementation for each version. */
export interface Operation {
  /** Also the name of its policy file. */
  name: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  permission: Permission;
  policy: Policy;
  /** By version number. Versions not named here do not exist: spec section 3.3. */
  versions: Record<number, OperationVersion>;
}

/** Throws when the operation has no policy: it does not start without one (spec section 7.3). */
export function defineOperation(operation: Omit<Operation, 'policy'>): Operation {
  return { ...operation, policy: readPolicy(operation.name) };
}

/** The body as text; a request without one gives the empty text. */
export function bodyText(request: FastifyRequest): string {
  return Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
}

export function param(input: OperationInput, name: string): string {
  return input.params[name] ?? '';
}
