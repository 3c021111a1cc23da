import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PageTools } from '#platform/console';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import {
  linkRelease,
  readReleases,
  releaseOptions,
  rollBackRelease,
  undeployRelease,
  unlinkRelease,
} from '../releases/releases.ts';

const view = new URL('./releases.njk', import.meta.url);
const PATH = '/pages/directory/releases';

/** Releases side by side: what is linked, what may be done now, and doing it (spec section 5.8). */
export function registerReleasePages(app: FastifyInstance, page: PageTools, ctx: DirectoryContext): void {
  app.get('/releases', async (_request, reply) => {
    const state = await readReleases(ctx);
    const { connected_blue_green_environment: linked, previous_blue_green_environment: previous } = state;
    const options = releaseOptions(state);
    const releases = state.releases.map((release) => ({
      ...release,
      name: release.blue_green_environment,
      options: options.byName[release.blue_green_environment],
    }));
    return page.render(reply, view, { title: 'Releases', linked, previous, releases, options });
  });

  const verb = (
    path: string,
    done: string,
    work: (name: string, request: FastifyRequest) => Promise<unknown>,
  ) =>
    app.post(path, { preHandler: page.requireRole('operator') }, async (request, reply) => {
      const name = page.readForm(request).text('release');
      return refusedOr(reply, page, async () => {
        await work(name, request);
        return name === '' ? done : `${name}: ${done}`;
      });
    });

  verb('/releases/link', 'linked, and takes change events', (name, request) =>
    linkRelease(ctx, { name }, page.actor(request)),
  );
  verb('/releases/unlink', 'unlinked, and change events wait', (name, request) =>
    unlinkRelease(ctx, { name }, page.actor(request)),
  );
  verb('/releases/undeploy', 'undeployed', (name, request) =>
    undeployRelease(ctx, { name }, page.actor(request)),
  );
  verb('/releases/roll-back', 'The previous release takes change events again', (_name, request) =>
    rollBackRelease(ctx, page.actor(request)),
  );
}

/** Somebody else may have been faster than the page: what is refused is told there. */
async function refusedOr(
  reply: FastifyReply,
  page: PageTools,
  work: () => Promise<string>,
): Promise<FastifyReply> {
  try {
    return page.redirect(reply, PATH, await work());
  } catch (error) {
    if (!(error instanceof HttpError) || error.code !== 'refused') throw error;
    return page.redirect(reply, PATH, { kind: 'notice', text: `Nothing was done: ${error.message}` });
  }
}
