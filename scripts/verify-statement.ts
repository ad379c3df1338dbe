import { readFile } from "node:fs/promises";
import { csvParseRows } from "d3-dsv";
import { differencesOf, entriesSha256 } from "../src/domain/billing/verify-statement.ts";

// npm run verify-statement -- ST….json ST…-entries.csv
//
// Recomputes a statement from the entries that it lists, on the machine of whoever got it. Exit code 0: all of it is equal; 1: it says where not.

const [statementFile, entriesFile] = process.argv.slice(2);
if (statementFile === undefined || entriesFile === undefined) {
  console.error("usage: npm run verify-statement -- <statement>.json <entries>.csv");
  process.exit(2);
}
const statement: unknown = JSON.parse(await readFile(statementFile, "utf8"));
const entries = await readFile(entriesFile, "utf8");
const differences = differencesOf(statement, { sha256: await entriesSha256(entries), rows: csvParseRows(entries) });
for (const difference of differences) console.log(difference);
console.log(differences.length === 0 ? "equal" : `${differences.length} differences`);
process.exitCode = differences.length === 0 ? 0 : 1;
