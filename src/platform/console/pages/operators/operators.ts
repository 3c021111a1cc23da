import type { FastifyInstance, FastifyReply } from 'fastify';
import {
  createOperator,
  disableOperator,
  enableOperator,
  findOperator,
  isRole,
  issueSignInLink,
  listOperators,
  type Operator,
  type OperatorChange,
  roles,
  setOperatorRole,
} from '#platform/auth';
import { HttpError } from '#platform/http';
import type { ConsoleContext } from '../../console-context.ts';
import type { FieldError, FormFields } from '../../forms.ts';
import type { PageTools } from '../../page-tools.ts';

const listView = new URL('./operators.njk', import.meta.url);
const addView = new URL('./add-operator.njk', import.meta.url);
const operatorView = new URL('./operator.njk', import.meta.url);
const linkView = new URL('./sign-in-link.njk', import.meta.url);

const roleMeanings = {
  viewer: 'Sees everything, changes nothing',
  operator: 'Also retries, edits and ignores failed jobs, and pauses queues',
  admin: 'Also manages operators',
} as const;

interface OperatorParams {
  Params: { id: string };
}

export function registerOperators(parent: FastifyInstance, page: PageTools, ctx: ConsoleContext): void {
  const { db } = ctx.auth;
  parent.register(async (app) => {
    app.addHook('preHandler', page.requireRole('admin'));

    app.get('/operators', async (_request, reply) =>
      page.render(reply, listView, { title: 'Operators', operators: await listOperators(db) }),
    );

    app.get('/operators/add', async (_request, reply) =>
      page.render(reply, addView, { title: 'Add an operator', roleItems: roleItems('viewer') }),
    );

    app.post('/operators/add', async (request, reply) => {
      const form = page.readForm(request);
      const [email, role] = [form.text('email'), form.text('role')];
      const errors = checkNewOperator(form);
      const created =
        errors.length === 0 && isRole(role)
          ? await createOperator(db, { email, role, actor: page.actor(request) })
          : undefined;
      if (errors.length === 0 && !created) {
        errors.push({ field: 'email', message: 'There is already an operator with this email address' });
      }
      if (!created) {
        const data = { title: 'Add an operator', email, roleItems: roleItems(role) };
        return page.renderInvalid(reply, addView, data, errors);
      }
      return showLink(reply, created.operator, created.path);
    });

    app.get<OperatorParams>('/operators/:id', async (request, reply) => {
      const operator = await find(request.params.id);
      return page.render(reply, operatorView, {
        title: operator.email,
        subject: operator,
        roleItems: roleItems(operator.role),
      });
    });

    app.post<OperatorParams>('/operators/:id/role', async (request, reply) => {
      const operator = await find(request.params.id);
      const role = page.readForm(request).text('role');
      if (!isRole(role)) throw new HttpError(400, 'invalid_role', 'Choose one of the roles');
      const change = await setOperatorRole(db, { operatorId: operator.id, role, actor: page.actor(request) });
      return answer(reply, { operator, change, done: `${operator.email} has the ${role} role` });
    });

    app.post<OperatorParams>('/operators/:id/disable', async (request, reply) => {
      const operator = await find(request.params.id);
      const change = await disableOperator(db, { operatorId: operator.id, actor: page.actor(request) });
      return answer(reply, { operator, change, done: `${operator.email} can no longer sign in` });
    });

    app.post<OperatorParams>('/operators/:id/enable', async (request, reply) => {
      const operator = await find(request.params.id);
      const change = await enableOperator(db, { operatorId: operator.id, actor: page.actor(request) });
      return answer(reply, { operator, change, done: `${operator.email} can sign in again` });
    });

    app.post<OperatorParams>('/operators/:id/sign-in-link', async (request, reply) => {
      const operator = await find(request.params.id);
      const path = await issueSignInLink(db, { operatorId: operator.id, actor: page.actor(request) });
      if (path === undefined) {
        return page.redirect(reply, `/operators/${operator.id}`, {
          kind: 'notice',
          text: 'Enable the operator first',
        });
      }
      return showLink(reply, operator, path);
    });
  });

  const find = async (id: string): Promise<Operator> => {
    const isId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id);
    const operator = isId ? await findOperator(db, id) : undefined;
    if (!operator) throw new HttpError(404, 'not_found', 'No such operator');
    return operator;
  };

  // Shown in the answer to the form, and only there: a link that could be opened again would not be one-time.
  const showLink = (reply: FastifyReply, operator: Operator, path: string) => {
    const { protocol, host } = reply.request;
    return page.render(reply, linkView, {
      title: 'Sign-in link',
      subject: operator,
      link: `${protocol}://${host}${path}`,
    });
  };

  const answer = (
    reply: FastifyReply,
    result: { operator: Operator; change: OperatorChange; done: string },
  ) => {
    const text =
      result.change === 'last-admin' ? 'There must be at least one admin who can sign in' : result.done;
    const kind = result.change === 'last-admin' ? 'notice' : 'success';
    return page.redirect(reply, `/operators/${result.operator.id}`, { kind, text });
  };
}

function checkNewOperator(form: FormFields): FieldError[] {
  const errors: FieldError[] = [];
  if (!/^[^\s@]+@[^\s@]+$/.test(form.text('email')) || form.text('email').length > 254) {
    errors.push({ field: 'email', message: 'Enter an email address, like name@example.org' });
  }
  if (!isRole(form.text('role'))) errors.push({ field: 'role', message: 'Choose a role' });
  return errors;
}

function roleItems(chosen: string) {
  return roles.map((role) => ({
    value: role,
    text: `${role.charAt(0).toUpperCase()}${role.slice(1)}`,
    hint: { text: roleMeanings[role] },
    checked: role === chosen,
  }));
}
