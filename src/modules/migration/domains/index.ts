import type { Domain } from '../engine/domain.ts';
import { visits } from './visits/index.ts';

/** Every kind of record that moves. Adding one is this line and its folder. */
export const domains: readonly Domain[] = [visits];
