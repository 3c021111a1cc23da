import packageFile from '../package.json' with { type: 'json' };

/** The version in package.json, shown by /info and kept with every process. */
export const { version } = packageFile;
