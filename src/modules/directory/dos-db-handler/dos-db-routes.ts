import type { FastifyPluginAsync } from 'fastify';
import { Type } from 'typebox';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { asRefusal } from '../replay/replay-command.ts';
import { type DosDbRequest, handleDosDbRequest, mayUseDosDbHandler } from './dos-db-handler.ts';

/** The test helper over HTTP; in `live` there is no such route (spec section 7.5). */
export function dosDbRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    if (!mayUseDosDbHandler(ctx)) return;
    app.post(
      '/dos-db-handler',
      {
        schema: {
          summary: 'Test helper: read and write the directory database (not in live)',
          description:
            'The answer of read, write and insert is a JSON text that holds JSON text, as the original gives.',
          tags: ['directory operators'],
          body: Type.Unknown(),
        },
      },
      async (request, reply) => {
        const { body } = request;
        const given = typeof body === 'object' && body !== null ? (body as DosDbRequest) : {};
        // Serialised here: Fastify would send a text as it is.
        return reply.type('application/json').send(JSON.stringify(await handleDosDbRequest(ctx, given)));
      },
    );
  };
}

/** `signalbox directory dos-db`; prints what the function of the original returns. */
export function dosDbCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'dos-db',
    summary: 'Test helper: read and write the directory database (refused in live)',
    options: {
      message: {
        type: 'string',
        description: 'JSON: {"type": "read", "query": "...", "query_vars": [...], "service_id": ...}',
        required: true,
      },
    },
    run: (values, print) =>
      asRefusal(async () => {
        const result = await handleDosDbRequest(ctx, readMessage(String(values.message)));
        print(typeof result === 'string' ? result : JSON.stringify(result));
        return result;
      }),
  };
}

function readMessage(text: string): DosDbRequest {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === 'object' && message !== null) return message;
  } catch (error) {
    throw new CommandRefusal(`--message is not JSON: ${error instanceof Error ? error.message : error}`, 2);
  }
  throw new CommandRefusal('--message must be a JSON object', 2);
}
