import { definitions } from "./definitions.ts";
import { readEnvironment } from "./environment.ts";

/** `node print-definition.ts spam_score`: the JSON for `POST /v1/Publisher/AddOns`, with the server's own origin and credentials. */
const read = readEnvironment(process.env);
const name = process.argv[2];
if ("problems" in read) {
  for (const problem of read.problems) console.error(problem);
  process.exitCode = 1;
} else {
  const all = definitions(read.environment.origin, read.environment.credentials);
  const definition = all.find(({ unique_name }) => unique_name === name);
  if (definition === undefined) {
    console.error(`Which one? ${all.map(({ unique_name }) => unique_name).join(", ")}`);
    process.exitCode = 1;
  } else console.log(JSON.stringify(definition, undefined, 2));
}
