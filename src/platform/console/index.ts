export { createConsole } from './console.ts';
export type { ConsoleModule, ConsoleOptions, ConsoleStore } from './console-context.ts';
export type { FieldError, FormFields } from './forms.ts';
export { listPath, pageLinks } from './list-links.ts';
export type { ConsoleSection, FoundPage, PageTools, ViewData } from './page-tools.ts';
export { rangeOptions, readTimeRange, type TimeRange } from './time-range.ts';
export { formatLondon, formatSpan, parseLondon } from './times.ts';
export { acceptUploads, uploadedFile } from './uploads.ts';
