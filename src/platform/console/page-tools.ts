import type { FastifyInstance, FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import nunjucks from 'nunjucks';
import { type Actor, actorOf, csrfTokenFor, type Role, roleAllows } from '#platform/auth';
import { HttpError } from '#platform/http';
import type { Clock } from '#platform/telemetry';
import type { Assets } from './assets.ts';
import { errorsForView, type FieldError, type FormFields, readForm, readQuery } from './forms.ts';
import { navigationFor } from './navigation.ts';
import { londonZone } from './times.ts';
import type { RenderView } from './views.ts';
import { type Flash, sessionOf, setFlash, takeFlash, visitorOf } from './visitor.ts';

/**
 * Pages that a module adds to the console; they are mounted under `/pages/<name>`, behind sign-in. Views extend
 * `console/layout.njk`, fill its block `page`, and may import `console/components.njk` and `govuk/components/...`.
 */
export interface ConsoleSection {
  name: string;
  title: string;
  links: { href: string; text: string }[];
  /**
   * Pages about whatever somebody typed into the search of the register, the best first and at most a few. `role` is that
   * of the person who asks: what they may not see is not found for them.
   */
  find?(text: string, role: Role): Promise<FoundPage[]>;
  register(app: FastifyInstance, page: PageTools): Promise<void>;
}

/** A page that a module found: `kind` says what it is about, in a word or two. */
export interface FoundPage {
  href: string;
  text: string;
  kind: string;
}

/** What a page is made with. */
export interface PageTools {
  /** Sends a view inside the page shell. `title` names the page in the browser's tab. */
  render(reply: FastifyReply, view: URL, data: ViewData): FastifyReply;
  /** Sends a part of a page, for the script that refreshes it. */
  renderFragment(reply: FastifyReply, view: URL, data: object): FastifyReply;
  /** Shows a form again with its errors, in a summary and beside each field. */
  renderInvalid(reply: FastifyReply, view: URL, data: ViewData, errors: FieldError[]): FastifyReply;
  /** Answers a form that was accepted; the message is shown on the next page. */
  redirect(reply: FastifyReply, path: string, message?: string | Flash): FastifyReply;
  requireRole(role: Role): preHandlerAsyncHookHandler;
  readForm(request: FastifyRequest): FormFields;
  readQuery(request: FastifyRequest): FormFields;
  actor(request: FastifyRequest): Actor;
  role(request: FastifyRequest): Role;
}

export interface ViewData {
  title: string;
  [name: string]: unknown;
}

export function createPageTools(options: {
  render: RenderView;
  assets: Assets;
  sections: ConsoleSection[];
  version: string;
  clock: Clock;
}): PageTools {
  const { render, assets, sections, version, clock } = options;

  const shell = (reply: FastifyReply) => {
    const { request } = reply;
    const { session, cookieToken } = visitorOf(request);
    const path = request.url.split('?', 1)[0] ?? '/';
    const csrf = csrfTokenFor(cookieToken);
    return {
      assetPath: assets.path,
      version,
      now: clock.now(),
      zone: londonZone(clock.now()),
      path,
      operator: session?.operator,
      may: (role: Role) => session !== undefined && roleAllows(session.operator.role, role),
      navigation:
        session && !session.isPasswordDue ? navigationFor(sections, session.operator.role, path) : [],
      section: sections.find((section) => path.startsWith(`/pages/${section.name}`)),
      // Base64url needs no escaping.
      csrfField: new nunjucks.runtime.SafeString(`<input type="hidden" name="_csrf" value="${csrf}">`),
    };
  };

  const send = (reply: FastifyReply, view: URL, data: object) =>
    reply.type('text/html; charset=utf-8').send(render(view, data));

  return {
    render: (reply, view, data) =>
      send(reply, view, { ...shell(reply), flash: takeFlash(reply.request, reply), ...data }),
    renderFragment: (reply, view, data) => send(reply, view, { ...shell(reply), ...data }),
    renderInvalid: (reply, view, data, errors) =>
      send(reply.code(422), view, { ...shell(reply), ...data, errors: errorsForView(errors) }),
    redirect: (reply, path, message) => {
      if (message !== undefined) {
        setFlash(reply, typeof message === 'string' ? { kind: 'success', text: message } : message);
      }
      return reply.redirect(path, 303);
    },
    requireRole: (role) => async (request) => {
      if (!roleAllows(sessionOf(request).operator.role, role)) {
        throw new HttpError(403, 'role_needed', `You need the ${role} role to do this`);
      }
    },
    readForm,
    readQuery,
    actor: (request) => actorOf(sessionOf(request).operator),
    role: (request) => sessionOf(request).operator.role,
  };
}
