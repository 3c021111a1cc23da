import assert from 'node:assert/strict';
import type { Step } from './gherkin.ts';
import type { SentRequest, World } from './world.ts';

type Play = (world: World, step: Step, groups: string[]) => Promise<SentRequest | undefined> | undefined;

/** Every sentence that the features are written in. */
const STEPS: [RegExp, Play][] = [
  [/^the request headers$/, setHeaders],
  [/^I make a "(\w+)" request to "([^"]*)"$/, request],
  [/^I make a "(\w+)" request to "([^"]*)" with the body$/, requestWithTable],
  [/^I make a "(\w+)" request to "([^"]*)" with the text '(.*)'$/, requestWithText],
  [
    /^the status code is (\d+)$/,
    (world, _step, [status]) => check(answerOf(world).status, Number(status), world),
  ],
  [
    /^the response field "([^"]+)" is "(.*)"$/,
    (world, _step, [path = '', value = '']) => check(String(fieldOf(world, path)), world.fill(value), world),
  ],
  [
    /^the response field "([^"]+)" is absent$/,
    (world, _step, [path = '']) => check(fieldOf(world, path), undefined, world),
  ],
  [
    /^the response field "([^"]+)" is null$/,
    (world, _step, [path = '']) => check(fieldOf(world, path), null, world),
  ],
  [
    /^the response field "([^"]+)" looks like "(.*)"$/,
    (world, _step, [path = '', pattern = '']) => {
      assert.match(String(fieldOf(world, path)), new RegExp(`^${pattern}$`));
      return undefined;
    },
  ],
  [
    /^the response fields are "(.*)"$/,
    (world, _step, [names = '']) => check(Object.keys(bodyOf(world) as object).join(', '), names, world),
  ],
  [
    /^the response body is '(.*)'$/,
    (world, _step, [text = '']) => check(answerOf(world).body, world.fill(text), world),
  ],
  [
    /^the response body has (\d+) characters$/,
    (world, _step, [length]) => check(answerOf(world).body.length, Number(length), world),
  ],
  [/^the errors are$/, checkErrors],
  [
    /^the response header "([^"]+)" is "(.*)"$/,
    (world, _step, [name = '', value = '']) =>
      check(answerOf(world).headers[name.toLowerCase()], world.fill(value), world),
  ],
  [
    /^the Content-Length is that of the body$/,
    (world) =>
      check(
        answerOf(world).headers['content-length'],
        String(Buffer.byteLength(answerOf(world).body)),
        world,
      ),
  ],
  [
    /^I note the response field "([^"]+)" as "(\w+)"$/,
    (world, _step, [path = '', name = '']) => {
      world.notes.set(name, String(fieldOf(world, path)));
      return undefined;
    },
  ],
];

export const NOTE = /^I note the response field "([^"]+)" as "(\w+)"$/;

/** Plays one step; gives back the request it made, if it made one. Throws when an expectation is not met. */
export async function playStep(world: World, step: Step): Promise<SentRequest | undefined> {
  for (const [pattern, play] of STEPS) {
    const found = pattern.exec(step.text);
    if (found) return play(world, step, found.slice(1));
  }
  throw new Error(`No step is written "${step.text}"`);
}

function setHeaders(world: World, step: Step): undefined {
  world.headers = Object.fromEntries(
    step.table.slice(1).map(([name = '', value = '']) => [name.toLowerCase(), value]),
  );
  return undefined;
}

function request(world: World, _step: Step, [method = '', endpoint = '']: string[]) {
  return send(world, { method, endpoint, body: undefined });
}

function requestWithText(world: World, _step: Step, [method = '', endpoint = '', body = '']: string[]) {
  return send(world, { method, endpoint, body });
}

/** Rows of path and value; `keys.0.key_type` makes a list, and a value of `{}` or a number is taken as JSON. */
function requestWithTable(world: World, step: Step, [method = '', endpoint = '']: string[]) {
  const body: Record<string, unknown> = {};
  for (const [path = '', value = ''] of step.table.slice(1)) put(body, path.split('.'), value);
  return send(world, { method, endpoint, body: JSON.stringify(body) });
}

async function send(
  world: World,
  { method, endpoint, body }: { method: string; endpoint: string; body: string | undefined },
): Promise<SentRequest> {
  const written = { method, endpoint, headers: { ...world.headers }, body };
  await world.send(written);
  return { written, notes: [] };
}

function put(target: Record<string, unknown>, [name = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  target[name] ??= /^\d+$/.test(rest[0] ?? '') ? [] : {};
  put(target[name] as Record<string, unknown>, rest, value);
}

function checkErrors(world: World, step: Step): undefined {
  const expected = step.table
    .slice(1)
    .map(([code, message = '']) => ({ code, message: world.fill(message) }));
  const { errors } = bodyOf(world) as { errors: unknown };
  assert.deepEqual(errors, expected);
  return undefined;
}

function check(actual: unknown, expected: unknown, world: World): undefined {
  assert.equal(actual, expected, `Answer: ${world.response?.status} ${world.response?.body.slice(0, 500)}`);
  return undefined;
}

function answerOf(world: World) {
  assert.ok(world.response, 'No request was made yet');
  return world.response;
}

function bodyOf(world: World): unknown {
  return JSON.parse(answerOf(world).body);
}

function fieldOf(world: World, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], bodyOf(world));
}
