// npm run commands: the npm scripts by what they are for.
import { COMMANDS } from './workflow/commands-data.ts';

for (const [title, commands] of Object.entries(COMMANDS)) {
  console.log(`\n${title}`);
  for (const [name, what] of Object.entries(commands)) console.log(`  npm run ${name.padEnd(32)} ${what}`);
}
console.log('\nOptions go behind `--`: npm run test -- jobs');
