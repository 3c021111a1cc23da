import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** The document that is served and shipped. */
export const OPENAPI_FILE = new URL('./openapi.yaml', import.meta.url);

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

type Tree = Record<string, unknown>;

/**
 * What is wrong with an OpenAPI 3.0 document, empty when nothing is: references that lead nowhere, operations without
 * answers or with an id that another has, path parameters that are not declared, answers without a description.
 */
export async function findDocumentProblems(file: URL = OPENAPI_FILE): Promise<string[]> {
  const document = asTree(parse(await readFile(file, 'utf8')));
  const problems: string[] = [];
  if (!/^3\.0\.\d+$/.test(String(document.openapi))) problems.push('openapi: must be 3.0.x');
  for (const name of ['title', 'version']) {
    if (typeof asTree(document.info)[name] !== 'string') problems.push(`info.${name}: is missing`);
  }
  checkReferences(document, document, '', problems);
  const ids = new Set<string>();
  for (const [path, methods] of Object.entries(asTree(document.paths))) {
    for (const [method, operation] of Object.entries(asTree(methods))) {
      const place = `${method.toUpperCase()} ${path}`;
      if (!METHODS.has(method)) problems.push(`${place}: is no method`);
      else checkOperation({ document, place, path, operation: asTree(operation), ids }, problems);
    }
  }
  return problems;
}

function checkOperation(
  given: { document: Tree; place: string; path: string; operation: Tree; ids: Set<string> },
  problems: string[],
): void {
  const { document, place, path, operation, ids } = given;
  const id = String(operation.operationId);
  if (operation.operationId === undefined || ids.has(id))
    problems.push(`${place}: needs an operationId of its own`);
  ids.add(id);
  const declared = asList(operation.parameters).map((parameter) => resolve(document, asTree(parameter)));
  for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
    if (!declared.some((parameter) => parameter.in === 'path' && parameter.name === name)) {
      problems.push(`${place}: does not declare {${name}}`);
    }
  }
  const responses = Object.entries(asTree(operation.responses));
  if (responses.length === 0) problems.push(`${place}: has no answers`);
  for (const [status, response] of responses) {
    if (!/^[1-5]\d\d$/.test(status)) problems.push(`${place}: ${status} is no status`);
    if (typeof resolve(document, asTree(response)).description !== 'string') {
      problems.push(`${place}: ${status} has no description`);
    }
  }
}

function checkReferences(document: Tree, value: unknown, place: string, problems: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === '$ref' && Object.keys(resolve(document, { $ref: member })).length === 0) {
      problems.push(`${place}: ${String(member)} leads nowhere`);
    }
    checkReferences(document, member, `${place}/${name}`, problems);
  }
}

function resolve(document: Tree, value: Tree): Tree {
  const { $ref: reference } = value;
  if (typeof reference !== 'string') return value;
  return reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<Tree>((tree, name) => asTree(tree[name]), document);
}

function asTree(value: unknown): Tree {
  return typeof value === 'object' && value !== null ? (value as Tree) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
