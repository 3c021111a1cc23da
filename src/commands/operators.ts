import { createOperator, isRole, issueSignInLink, listOperators, roles } from '#platform/auth';
import type { App } from '../app.ts';
import { type Command, CommandError, type CommandInput, textOption } from './command.ts';
import { cliActor, withApp } from './connection.ts';

export const command: Command = {
  name: 'operators',
  summary: 'List operators, or make a one-time sign-in',
  usage: 'list | sign-in <email> | add <email> --role viewer|operator|admin',
  description:
    'add and sign-in print a link that works once, within 24 hours, and then asks for a new password.',
  options: {
    role: { type: 'string', description: `Role of a new operator: ${roles.join(', ')} (default viewer)` },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  run: (input) => withApp(input, (app) => run(app, input)),
};

async function run(app: App, input: CommandInput): Promise<number> {
  const [{ db }] = app.stores;
  const [verb = 'list', email] = input.positionals;
  if (verb === 'list') {
    const operators = await listOperators(db);
    if (input.values.json) console.log(JSON.stringify(operators));
    else
      for (const operator of operators)
        console.log(
          `${operator.role.padEnd(8)}  ${operator.email}${operator.isDisabled ? '  (disabled)' : ''}`,
        );
    return 0;
  }
  if (email === undefined || (verb !== 'sign-in' && verb !== 'add')) {
    throw new CommandError(`Usage: signalbox operators ${command.usage}`, 2);
  }
  const path = verb === 'add' ? await add(app, input, email) : await linkFor(app, email);
  const url = `http://${app.config.host}:${app.config.portBase}${path}`;
  console.log(
    input.values.json ? JSON.stringify({ email, url }) : `Sign-in for ${email}, works once:\n${url}`,
  );
  return 0;
}

async function add(app: App, input: CommandInput, email: string): Promise<string> {
  const role = textOption(input, 'role') ?? 'viewer';
  if (!isRole(role)) throw new CommandError(`--role must be one of ${roles.join(', ')}`, 2);
  const created = await createOperator(app.stores[0].db, { email, role, actor: cliActor });
  if (!created) throw new CommandError(`There is an operator ${email} already`);
  return created.path;
}

async function linkFor(app: App, email: string): Promise<string> {
  const [{ db }] = app.stores;
  const operator = (await listOperators(db)).find((candidate) => candidate.email === email.toLowerCase());
  const path = operator && (await issueSignInLink(db, { operatorId: operator.id, actor: cliActor }));
  if (!path) throw new CommandError(`There is no enabled operator ${email}. See signalbox operators list`);
  return path;
}
