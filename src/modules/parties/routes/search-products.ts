import { isStorable } from '../domain/text.ts';
import { readSearchProducts } from '../requests/search-products.ts';
import { searchBody } from '../responses/bodies.ts';
import { selectProductsOfOrganisation, selectProductsOfTeam } from '../store/product-queries.ts';
import { defineOperation } from './operation.ts';

/** GET /Product: all active products of a team or of an organisation (spec section 6.7). */
export const searchProducts = defineOperation({
  name: 'search-products',
  method: 'GET',
  path: '/Product',
  permission: 'search',
  versions: {
    1: async ({ ctx, request, step }) => {
      const { by, value } = step('parse_event_query', () => readSearchProducts(request.raw.url ?? ''));
      const select = by === 'product_team_id' ? selectProductsOfTeam : selectProductsOfOrganisation;
      const { kysely } = ctx.databases.parties_read;
      const rows = isStorable(value) ? await step('query_products', () => select(kysely, value)) : [];
      const body = step('return_products', () =>
        searchBody(
          rows.map((row) => ({
            odsCode: row.ods_code,
            cpmProductTeamId: row.cpm_product_team_id,
            productTeamId: row.product_team_id,
            products: row.products,
          })),
        ),
      );
      return { status: 200, body };
    },
  },
});
