import type { Actor } from '#platform/auth';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { NotifyContext } from '../context.ts';
import { purgeFunctionalTestData, purgeService } from '../purging/purge.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { numberOf, text, textOf, uuidOf } from './arguments.ts';
import { generateBulkTestData } from './bulk-test-data.ts';
import { makeFunctionalTestFixtures } from './functional-test-fixtures.ts';

/** What tests of a whole installation need, and how to be rid of it. */
export function testingCommands(ctx: NotifyContext, actor: Actor): ModuleCommand[] {
  return [
    {
      name: 'purge-functional-test-data',
      summary: 'Remove users of functional tests and their services',
      options: {
        'user-email-prefix': text('What the addresses of the users begin with', {
          short: 'u',
          required: true,
        }),
      },
      run: async (values, print) => {
        const result = await purgeFunctionalTestData(ctx, textOf(values, 'user-email-prefix'));
        for (const address of result.skipped) print(`Skipped ${address}: no user of a functional test`);
        print(`Removed ${result.users} users and ${result.services} services`);
        return result;
      },
    },
    {
      name: 'delete-functional-test-service',
      summary: 'Remove one service, and its members who are left without any',
      options: { 'service-id': text('The service', { short: 's', required: true }) },
      run: async (values, print) => {
        const result = await purgeService(ctx, uuidOf(values, 'service-id'));
        print(`Removed the service and ${result.users} users`);
        return result;
      },
    },
    {
      name: 'functional-test-fixtures',
      summary: 'Make what functional tests need, and print the variables they read',
      options: {
        'user-email': text('Who signs in', { short: 'u' }),
        'user-mobile': text('Where their codes go'),
        password: text('Their password'),
      },
      run: async (values, print) => {
        if (!ctx.config.hasTestingRoutes) {
          throw new CommandRefusal('REGISTER_FUNCTIONAL_TESTING_BLUEPRINT is off: no tests run here');
        }
        const emailAddress = normaliseEmailAddress(
          String(values['user-email'] ?? 'notify-tests@example.test'),
        );
        if (emailAddress === undefined) throw new CommandRefusal('--user-email is no email address', 2);
        const variables = await makeFunctionalTestFixtures(ctx, {
          emailAddress,
          mobileNumber: String(values['user-mobile'] ?? '07700900900'),
          password: String(values.password ?? 'functional tests password'),
          actor,
        });
        for (const [name, value] of Object.entries(variables)) print(`export ${name}='${value}'`);
        return variables;
      },
    },
    {
      name: 'generate-bulktest-data',
      summary: 'Make services and millions of delivered texts, for load tests in development',
      options: {
        'user-id': text('Who the services belong to', { short: 'u', required: true }),
        services: text('100 without'),
        messages: text('5000000 without'),
        days: text('Over how many days before now; 90 without'),
      },
      run: async (values, print) => {
        if (ctx.config.environment !== 'development') {
          throw new CommandRefusal(
            `NOTIFY_ENVIRONMENT is ${ctx.config.environment}: no data is made up there`,
          );
        }
        const numberOr = (name: string, usual: number) =>
          values[name] === undefined ? usual : Math.max(numberOf(values, name), 1);
        const wanted = {
          services: numberOr('services', 100),
          messages: numberOr('messages', 5_000_000),
          days: numberOr('days', 90),
          userId: uuidOf(values, 'user-id'),
        };
        const result = await generateBulkTestData(ctx, wanted, (made) =>
          print(`${made} of ${wanted.messages} messages`),
        );
        if (!result) throw new CommandRefusal('There is no such user');
        return result;
      },
    },
  ];
}
