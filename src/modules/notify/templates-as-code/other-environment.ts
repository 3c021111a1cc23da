import { createHmac } from 'node:crypto';
import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import { OutgoingCallError } from '#platform/http';
import type { NotifyContext } from '../context.ts';
import { EnvironmentRefusal, type StoredText, type TemplateEnvironment } from './environment.ts';
import type { TemplateText } from './template-file.ts';

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const RemoteTemplate = Type.Object({
  id: Type.String(),
  version: Type.Integer(),
  name: Type.String(),
  template_type: Type.Union([Type.Literal('email'), Type.Literal('sms'), Type.Literal('letter')]),
  content: Type.String(),
  subject: Nullable(Type.String()),
  postage: Nullable(Type.String()),
  has_unsubscribe_link: Type.Boolean(),
});
const TemplateList = Type.Object({ data: Type.Array(RemoteTemplate) });
const TemplateAnswer = Type.Object({ data: RemoteTemplate });
const UserAnswer = Type.Object({ data: Type.Object({ id: Type.String() }) });
const Refusal = Type.Object({ message: Type.Unknown() });

const TIMEOUT_MS = 30_000;

/** The service of another installation, or of the original, by its internal API. */
export async function openOtherEnvironment(
  ctx: Pick<NotifyContext, 'outgoing'>,
  options: { serviceId: string; url: string; secret: string; editor: string | undefined },
): Promise<TemplateEnvironment> {
  const base = `/service/${options.serviceId}/template`;
  const call = async <T extends TSchema>(
    schema: T,
    method: 'GET' | 'POST',
    path: string,
    body?: object,
  ): Promise<Static<T>> => {
    const answer = await ask(ctx, options, { method, path, body });
    if (Check(schema, answer)) return answer;
    throw new EnvironmentRefusal(
      `${options.url} answered ${method} ${path} with something else than expected`,
    );
  };
  let userId: string | undefined;
  const editorId = async (): Promise<string> => {
    if (options.editor === undefined)
      throw new EnvironmentRefusal('Say with --as whose name the new versions have there');
    userId ??= (await call(UserAnswer, 'POST', '/user/email', { email: options.editor })).data.id;
    return userId;
  };
  return {
    name: `service ${options.serviceId} at ${options.url}`,
    list: async () => (await call(TemplateList, 'GET', base)).data.map(toText),
    create: async (template) => {
      const created_by = await editorId();
      const body = {
        ...toBody(template),
        template_type: template.type,
        service: options.serviceId,
        created_by,
      };
      return (await call(TemplateAnswer, 'POST', base, body)).data.id;
    },
    update: async (id, template) => {
      await call(TemplateAnswer, 'POST', `${base}/${id}`, {
        ...toBody(template),
        created_by: await editorId(),
      });
    },
  };
}

function toText(template: Static<typeof RemoteTemplate>): StoredText {
  const { id, version, name, template_type: type, content, subject, postage } = template;
  const isPrinted = postage === 'first' || postage === 'second' || postage === 'economy';
  return {
    id,
    version,
    type,
    name,
    ...(type === 'sms' ? {} : { subject: subject ?? '' }),
    ...(type === 'letter' && isPrinted ? { postage } : {}),
    ...(template.has_unsubscribe_link ? { unsubscribe_link: true } : {}),
    content,
  };
}

function toBody(template: TemplateText): Record<string, unknown> {
  return {
    name: template.name,
    content: template.content,
    ...(template.type === 'sms' ? {} : { subject: template.subject }),
    ...(template.type === 'letter' ? { postage: template.postage ?? 'second' } : {}),
    ...(template.type === 'email' ? { has_unsubscribe_link: template.unsubscribe_link ?? false } : {}),
  };
}

async function ask(
  ctx: Pick<NotifyContext, 'outgoing'>,
  { url, secret }: { url: string; secret: string },
  request: { method: 'GET' | 'POST'; path: string; body: object | undefined },
): Promise<unknown> {
  const { method, path, body } = request;
  try {
    const answer = await ctx.outgoing.call({
      target: 'notify-environment',
      url: `${url.replace(/\/+$/, '')}${path}`,
      method,
      headers: { authorization: `Bearer ${signToken(secret)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
    });
    const parsed = parseJson(answer.body);
    if (answer.status < 300) return parsed;
    const reason = Check(Refusal, parsed) ? JSON.stringify(parsed.message) : JSON.stringify(parsed);
    throw new EnvironmentRefusal(`${url} refused ${method} ${path} with ${answer.status}: ${reason}`);
  } catch (error) {
    if (!(error instanceof OutgoingCallError)) throw error;
    throw new EnvironmentRefusal(`${url} gave no answer: ${error.message}`);
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The clock of this computer, as it must agree with that of the other one. */
function signToken(secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'notify-admin', iat: Math.round(Date.now() / 1_000) };
  const signed = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
