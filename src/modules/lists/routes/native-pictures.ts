import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { ListsContext } from '../context.ts';
import type { Endpoint } from '../gateway/endpoint.ts';
import { MOST_BYTES, pictureKey, uploadPicture } from '../pictures/picture.ts';

/** Uploading a picture for a list or a gift: spec section 6.5. */
export const pictureEndpoints: Endpoint[] = [
  {
    method: 'POST',
    path: '/pictures',
    access: 'user',
    summary: 'Keep a picture (the body: JPEG, PNG or WebP, at most 5 MB) and get its address',
    answer: Type.Object({ imageUrl: Type.String(), width: Type.Integer(), height: Type.Integer() }),
    status: 201,
    mostBytes: MOST_BYTES,
    handle: async (ctx, call) => {
      const { body } = call.request;
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      return uploadPicture(ctx, call.user, bytes, call.correlationId);
    },
  },
];

/** Pictures by their unguessable names. What a name stands for never changes, so whoever has it may keep it. */
export function registerPictures(app: FastifyInstance, ctx: ListsContext): void {
  app.get('/pictures/:name', { schema: { hide: true } }, async (request, reply) => {
    const { name = '' } = request.params as { name?: string };
    const [, id] = /^([0-9a-f-]{36})\.jpg$/.exec(name) ?? [];
    const blob = id === undefined ? undefined : await ctx.blobs.get(pictureKey(id));
    if (!blob) return reply.code(404).type('text/plain').send('Not found');
    return reply
      .headers({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-length': blob.bytes,
        'content-security-policy': "default-src 'none'",
        'x-content-type-options': 'nosniff',
      })
      .type('image/jpeg')
      .send(blob.stream);
  });
}
