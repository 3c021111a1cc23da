// Checks the OpenAPI document of the parties module; part of `npm run build`.
import { parties } from '#parties';
import { findDocumentProblems } from '../src/modules/parties/openapi/check-document.ts';

const problems = await findDocumentProblems();
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`The OpenAPI document of ${parties.name} is sound.`);
else process.exitCode = 1;
