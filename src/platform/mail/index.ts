export { createMailer, type Mail, MailError, type Mailer } from './mailer.ts';
