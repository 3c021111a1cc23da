import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { profileOf } from '../profiles.ts';
import { injectMessage } from './inject-message.ts';
import { INJECTABLE_QUEUES, UnusableMessageError } from './injected-message.ts';

/** `signalbox directory inject <queue> --message JSON`; refused in live (7.5). */
export function injectCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'inject',
    summary: 'Put a message on a queue of the pipeline, to try it out; refused in live',
    positionals: [{ name: 'queue', description: INJECTABLE_QUEUES.join(', ') }],
    options: {
      message: {
        type: 'string',
        description: 'JSON: the body of the message, or {"body": ..., "attributes": {...}}',
        required: true,
      },
    },
    run: async ({ queue, message }, print) => {
      if (!profileOf(ctx.config.profile).hasTestHelpers) {
        throw new CommandRefusal('PROFILE=live takes messages from the pipeline only');
      }
      const known = INJECTABLE_QUEUES.find((name) => name === queue);
      if (known === undefined) {
        throw new CommandRefusal(`The queue is one of ${INJECTABLE_QUEUES.join(', ')}`, 2);
      }
      try {
        const sent = await injectMessage(ctx, known, String(message));
        print(`Sent to ${known}: ${sent.message_id}`);
        return sent;
      } catch (error) {
        if (error instanceof UnusableMessageError) throw new CommandRefusal(error.message, 2);
        throw error;
      }
    },
  };
}
