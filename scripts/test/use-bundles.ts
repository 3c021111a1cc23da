import { resolveQuickly } from '../../src/bundled-packages.ts';

resolveQuickly();
