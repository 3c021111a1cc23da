import { readCreateProductTeam } from '../requests/create-product-team.ts';
import { parseBody } from '../requests/request-object.ts';
import { checkTeam, saveTeam } from '../store/create-team.ts';
import { bodyText, defineOperation } from './operation.ts';

/** POST /ProductTeam: JSON, schema, ODS code, domain rules, write (spec section 3.7). */
export const createProductTeam = defineOperation({
  name: 'create-product-team',
  method: 'POST',
  path: '/ProductTeam',
  permission: 'create_team',
  versions: {
    1: async ({ ctx, request, origin, step }) => {
      const body = step('parse_event_body', () => parseBody(bodyText(request)));
      const wanted = step('parse_incoming_product_team', () => readCreateProductTeam(body));
      const { odsCode } = wanted;
      await step('validate_product_team_ods_code', () => ctx.odsCodes.check(odsCode, request.id));
      step('create_product_team', () => checkTeam(wanted));
      return { status: 201, body: await step('save_product_team', () => saveTeam(ctx, wanted, origin)) };
    },
  },
});
