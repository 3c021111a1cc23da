import { useBundledPackages } from '../../src/bundled-packages.ts';

useBundledPackages();
