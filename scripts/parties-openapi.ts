// Checks the OpenAPI document of the parties module; part of `npm run build`.
import { findDocumentProblems, parties } from '#parties';

const problems = await findDocumentProblems();
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`The OpenAPI document of ${parties.name} is sound.`);
else process.exitCode = 1;
