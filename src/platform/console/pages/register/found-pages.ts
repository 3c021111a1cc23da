import type { Role } from '#platform/auth';
import type { ConsoleContext, ConsoleModule } from '../../console-context.ts';
import type { FoundPage } from '../../page-tools.ts';

const ANSWER_WITHIN_MS = 2_000;
/** Longer than any id, address or reference. */
const LONGEST_TEXT = 320;

/** Where to look at what somebody typed, in every module's pages; a module that fails or dawdles finds nothing. */
export async function findPages(ctx: ConsoleContext, text: string, role: Role) {
  if (text === '' || text.length > LONGEST_TEXT || text.includes('\u0000')) return [];
  const found = await Promise.all(
    ctx.modules.map(async (module) => {
      const pages = await findIn(ctx, module, text, role);
      return pages.map((page) => ({ ...page, module: module.title }));
    }),
  );
  return found.flat();
}

async function findIn(
  ctx: ConsoleContext,
  { name, section }: ConsoleModule,
  text: string,
  role: Role,
): Promise<FoundPage[]> {
  if (!section?.find) return [];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<FoundPage[]>((resolve) => {
    timer = setTimeout(() => resolve([]), ANSWER_WITHIN_MS);
  });
  const asked = section.find(text, role).catch((error: unknown) => {
    ctx.log.warn({ err: error, module: name }, 'a module could not search its pages');
    return [];
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
