import { createHash } from 'node:crypto';

export const ENVIRONMENTS = ['dev', 'qa', 'int', 'ref', 'prod'];
/** Where clients read the API description: the others serve it, these two say so. */
const PUBLISHED = ['int', 'prod'];

/** What is deployed where; its workspace is the persistent one of the environment, or the sandbox beside it. */
export interface Deployment {
  environment: string;
  isSandbox: boolean;
  tag: string;
}

/** Throws when there is no such deployment (parties specification, section 8.7). */
export function checkDeployment({ environment, isSandbox, tag }: Deployment): void {
  if (!ENVIRONMENTS.includes(environment)) {
    throw new Error(`An environment is one of ${ENVIRONMENTS.join(', ')}, not "${environment}"`);
  }
  if (isSandbox && environment === 'ref') throw new Error('ref has no sandbox');
  if (!/^release\/\d{4}-\d{2}-\d{2}(-[a-z])?$/.test(tag)) {
    throw new Error(`What is deployed is a release, tagged release/<date>, not "${tag}"`);
  }
}

export function workspaceOf({ environment, isSandbox }: Deployment): string {
  return isSandbox ? `${environment}-sandbox` : environment;
}

/** A short name of exactly this plan: whoever approves production approves this and nothing that came after. */
export function planIdOf(deployment: Deployment, pending: unknown[]): string {
  const text = JSON.stringify([workspaceOf(deployment), deployment.tag, pending]);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

export function needsApproval({ environment, isSandbox }: Deployment): boolean {
  return environment === 'prod' && !isSandbox;
}

export function publishesDescription({ environment }: Deployment): boolean {
  return PUBLISHED.includes(environment);
}

export interface Stage {
  name: string;
  run(): Promise<void>;
}

/** A stage ends the deployment without having failed: what follows needs a person. */
export class ApprovalNeeded extends Error {}

export type DeploymentResult =
  | { result: 'succeeded'; detail: undefined }
  | { result: 'failed'; detail: string; error: unknown }
  | { result: 'waiting'; detail: string };

/** Runs stages in order and stops at the first that fails, whose name is the detail of the result. */
export async function runStages(stages: Stage[], say: (line: string) => void): Promise<DeploymentResult> {
  for (const { name, run } of stages) {
    say(`--- ${name}`);
    try {
      await run();
    } catch (error) {
      if (error instanceof ApprovalNeeded) return { result: 'waiting', detail: error.message };
      return { result: 'failed', detail: name, error };
    }
  }
  return { result: 'succeeded', detail: undefined };
}
