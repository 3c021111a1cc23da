export { createConsole } from './console.ts';
export type { ConsoleModule, ConsoleOptions, ConsoleStore } from './console-context.ts';
export type { FieldError, FormFields } from './forms.ts';
export type { ConsoleSection, PageTools, ViewData } from './page-tools.ts';
