import { readFile } from 'node:fs/promises';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { NotifyContext } from '../context.ts';
import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { checkPhoneNumber, isPhoneProblem } from '../recipients/phone-number.ts';
import { USER_PERMISSIONS } from '../team/member-queries.ts';
import { AUTH_TYPES } from '../users/user-queries.ts';
import { text, textOf, uuidOf } from './arguments.ts';
import { inviteAll, makePlatformAdmin } from './people.ts';

export function peopleCommands(ctx: NotifyContext): ModuleCommand[] {
  return [
    {
      name: 'bulk-invite-user-to-service',
      summary: 'Invite many people to a service',
      options: {
        'file-name': text('File with an address on each line', { short: 'f', required: true }),
        'service-id': text('The service', { short: 's', required: true }),
        'user-id': text('Who invites them', { short: 'u', required: true }),
        'auth-type': text('sms_auth (the default), email_auth or webauthn_auth', { short: 'a' }),
        permissions: text('What they may do, separated by commas', { short: 'p', required: true }),
      },
      run: async (values, print) => {
        const permissions = textOf(values, 'permissions')
          .split(',')
          .map((one) => one.trim());
        const known: readonly string[] = USER_PERMISSIONS;
        const unknown = permissions.find((one) => !known.includes(one) || one === 'platform_admin');
        if (unknown !== undefined) throw new CommandRefusal(`${unknown} is no permission of a service`, 2);
        const authType = AUTH_TYPES.find((one) => one === (values['auth-type'] ?? 'sms_auth'));
        if (!authType) throw new CommandRefusal('--auth-type is not one of them', 2);
        const lines = (await readFile(textOf(values, 'file-name'), 'utf8')).split(/\r?\n/);
        const result = await inviteAll(ctx, {
          serviceId: uuidOf(values, 'service-id'),
          inviterId: uuidOf(values, 'user-id'),
          addresses: lines,
          permissions,
          authType,
        });
        if (!result) throw new CommandRefusal('There is no such service or user');
        for (const address of result.refused) print(`${address} is no email address`);
        print(`Invited ${result.invited}; ${result.known} are members or invited already`);
        return result;
      },
    },
    {
      name: 'create-platform-admin',
      summary: 'Make somebody an administrator of the whole platform',
      options: {
        name: text('Their name', { short: 'n', required: true }),
        email: text('Their address', { short: 'e', required: true }),
        mobile: text('Their mobile number, to sign in by text message', { short: 'm' }),
      },
      run: async (values, print) => {
        const emailAddress = normaliseEmailAddress(textOf(values, 'email'));
        if (emailAddress === undefined) throw new CommandRefusal('--email is no email address', 2);
        const mobileNumber = values.mobile === undefined ? null : textOf(values, 'mobile');
        if (mobileNumber !== null && isPhoneProblem(checkPhoneNumber(mobileNumber))) {
          throw new CommandRefusal('--mobile is no mobile number', 2);
        }
        const name = textOf(values, 'name');
        const result = await makePlatformAdmin(ctx, { name, emailAddress, mobileNumber });
        print(`${emailAddress} is a platform administrator; they choose a password by “forgot password”`);
        return result;
      },
    },
  ];
}
