import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { conformanceProblems, conformanceTable, showingTestsIn, type Clause } from "./support/conformance-table.ts";

const folder = resolve(import.meta.dirname, "conformance");
const clauses = JSON.parse(readFileSync(resolve(folder, "clauses.json"), "utf8")) as Clause[];
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"));
const tests = files
  .filter((file) => file.endsWith(".test.ts"))
  .toSorted()
  .flatMap((file) => showingTestsIn(file, readFileSync(resolve(folder, file), "utf8")));

describe("the conformance tests", () => {
  it("show every clause of the guide, and name no other", () => {
    expect(conformanceProblems(clauses, tests)).toEqual([]);
  });

  it("have clauses with an id, a chapter and a sentence of our own", () => {
    for (const clause of clauses) {
      expect(clause).toEqual({ id: expect.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)+$/), chapter: expect.stringMatching(/^[A-Z]/), clause: expect.stringMatching(/^\S.+\.$/) });
    }
  });

  it("have a table that is up to date: written here, compared in CI", () => {
    const readme = resolve(folder, "README.md");
    const table = conformanceTable(clauses, tests);
    if (process.env["CI"] !== "true") writeFileSync(readme, table);
    expect(readFileSync(readme, "utf8"), "run `npm test -- quick` and commit test/conformance/README.md").toBe(table);
  });
});

describe("the table's reader", () => {
  const source = `
describe("outer", () => {
  it("does \\"this\\" [one-a]", () => {});
  it.each([1])("does that for %i [one-a, two-b]", () => {});
  it("has no clause", () => expect(list["x"]).toBe("[not-one]"));
  describe("inner", () => {
    it.each([{ title: "a row [two-b]", x: 1 }])("takes $title, and more", () => {});
  });
  it("is outer's again [one-a]", () => {});
});
`;
  const read = showingTestsIn("a.test.ts", source);

  it("finds the titles with their suites, also those of a table's rows", () => {
    expect(read).toEqual([
      { file: "a.test.ts", title: 'outer › does "this"', ids: ["one-a"] },
      { file: "a.test.ts", title: "outer › does that for %i", ids: ["one-a", "two-b"] },
      { file: "a.test.ts", title: "outer › inner › takes a row, and more", ids: ["two-b"] },
      { file: "a.test.ts", title: "outer › is outer's again", ids: ["one-a"] },
    ]);
  });

  it("names a clause without a test, one that stands twice, and a test of none", () => {
    const known = ["one-a", "one-a", "three-c"].map((id) => ({ id, chapter: "C", clause: "It is." }));
    expect(conformanceProblems(known, read)).toEqual([
      "two clauses have the id one-a",
      "no test shows the clause three-c",
      'a.test.ts: "outer › does that for %i" shows two-b, which is no clause',
      'a.test.ts: "outer › inner › takes a row, and more" shows two-b, which is no clause',
    ]);
  });

  it("keeps a title from breaking the table", () => {
    const table = conformanceTable([{ id: "one-a", chapter: "C", clause: "It | is." }], [{ file: "a.test.ts", title: "a | b [c]", ids: ["one-a"] }]);
    expect(table).toContain(String.raw`| ${"`one-a`"} | It \| is. | [a](a.test.ts): a \| b \[c\] |`);
  });
});
