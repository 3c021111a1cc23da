import { OutgoingCallError } from '#platform/http';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { profileOf } from '../profiles.ts';
import { asRefusal, text } from '../replay/replay-command.ts';
import { runSmokeTest } from './smoke-test.ts';

/** `signalbox directory smoke-test`: whether a deployment works from end to end; refused in live (5.10). */
export function smokeTestCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'smoke-test',
    summary: 'Change one pharmacy through the endpoint, look at DoS, and put it back; refused in live',
    options: {
      'ods-code': {
        type: 'string',
        description: 'A pharmacy that DoS has; FDL64 in the original',
        required: true,
      },
      url: { type: 'string', description: 'Where the endpoint is; on this machine without it' },
      'api-key': { type: 'string', description: 'Key for the endpoint; one is made for the test without it' },
    },
    run: async (values, print) => {
      if (!profileOf(ctx.config.profile).hasTestHelpers) {
        throw new CommandRefusal('A smoke test changes real data, so PROFILE=live refuses it');
      }
      const odsCode = text(values, 'ods-code') ?? '';
      if (!/^[0-9A-Za-z]{5}$/.test(odsCode)) {
        throw new CommandRefusal('--ods-code is five letters and digits', 2);
      }
      const verdict = await asRefusal(() =>
        runSmokeTest(ctx, {
          odsCode,
          url: text(values, 'url') ?? ctx.endpointUrl,
          apiKey: text(values, 'api-key'),
          onStep: ({ step, isGood, detail }) =>
            print(`${isGood ? 'ok    ' : 'FAILED'} ${step}${detail === '' ? '' : ` (${detail})`}`),
        }),
      ).catch((error: unknown) => {
        throw error instanceof OutgoingCallError ? new CommandRefusal(error.message, 1) : error;
      });
      if (!verdict.passed) {
        const failed = verdict.steps.filter(({ isGood }) => !isGood).map(({ step }) => step);
        throw new CommandRefusal(`FAILED: ${failed.join('; ')}`);
      }
      print('PASSED');
      return verdict;
    },
  };
}
