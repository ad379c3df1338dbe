/** A clause of the publisher guide, in our own words. */
export type Clause = { id: string; chapter: string; clause: string };

/** A test that says at the end of its title, in square brackets, which clauses it shows. */
export type ShowingTest = { file: string; title: string; ids: string[] };

const TEXT = String.raw`(?:[^"\\\n]|\\.)`;
/** A title, of a test or of a row of its table, that ends in `[id]` or `[id, id]`. */
const TITLE = new RegExp(String.raw`"(${TEXT}+?) \[([a-z0-9]+(?:-[a-z0-9]+)+(?:, [a-z0-9]+(?:-[a-z0-9]+)+)*)\]"`, "g");
const SUITE = new RegExp(String.raw`^( *)describe(?:\.\w+)?\("(${TEXT}+)"`, "gm");
/** Where a row's own title goes in the title of its test. */
const OF_ROWS = new RegExp(String.raw`"(${TEXT}*\$title${TEXT}*)"`);

/** The titles with clauses in one test file, in their order. */
export function showingTestsIn(file: string, source: string): ShowingTest[] {
  return [...source.matchAll(TITLE)].map(({ 0: literal, 1: title = "", 2: ids = "", index }) => {
    const isRow = source.slice(0, index).endsWith("title: ");
    const whole = isRow ? (OF_ROWS.exec(source.slice(index + literal.length))?.[1] ?? "$title").replace("$title", () => title) : title;
    const withoutIds = whole.replace(/ \[[a-z0-9-]+(?:, [a-z0-9-]+)*\]$/, "");
    return { file, title: [...suitesAround(source, index), withoutIds].join(" › ").replaceAll(/\\(.)/g, "$1"), ids: ids.split(", ") };
  });
}

/** The titles of the suites that a place stands in, told by their indentation. */
function suitesAround(source: string, index: number): string[] {
  const lineStart = source.lastIndexOf("\n", index) + 1;
  let indentation = /^ */.exec(source.slice(lineStart))?.[0].length ?? 0;
  const titles: string[] = [];
  for (const [, spaces = "", title = ""] of [...source.slice(0, lineStart).matchAll(SUITE)].toReversed()) {
    if (spaces.length >= indentation) continue;
    titles.unshift(title);
    indentation = spaces.length;
  }
  return titles;
}

/** What is wrong between the clauses and the tests. */
export function conformanceProblems(clauses: readonly Clause[], tests: readonly ShowingTest[]): string[] {
  const ids = clauses.map(({ id }) => id);
  const shown = new Set(tests.flatMap((test) => test.ids));
  return [
    ...ids.filter((id, index) => ids.indexOf(id) < index).map((id) => `two clauses have the id ${id}`),
    ...ids.filter((id) => !shown.has(id)).map((id) => `no test shows the clause ${id}`),
    ...tests.flatMap((test) => test.ids.filter((id) => !ids.includes(id)).map((id) => `${test.file}: "${test.title}" shows ${id}, which is no clause`)),
  ];
}

/** The table from each clause to its tests, as Markdown. */
export function conformanceTable(clauses: readonly Clause[], tests: readonly ShowingTest[]): string {
  const chapters = Map.groupBy(clauses, ({ chapter }) => chapter);
  const sections = [...chapters].map(([chapter, ofChapter]) => {
    const rows = ofChapter.map(({ id, clause }) => `| \`${id}\` | ${cell(clause)} | ${testsOf(id, tests)} |`);
    return [`## ${chapter}`, "", "| clause | what it says | shown by |", "| --- | --- | --- |", ...rows, ""].join("\n");
  });
  return `${PREFACE}\n${sections.join("\n")}`;
}

function testsOf(id: string, tests: readonly ShowingTest[]): string {
  return tests
    .filter(({ ids }) => ids.includes(id))
    .map(({ file, title }) => `[${file.replace(/\.test\.ts$/, "")}](${file}): ${cell(title)}`)
    .join("<br>");
}

const cell = (text: string): string => text.replaceAll(/[\\|<>*_`[\]]/g, String.raw`\$&`).replaceAll("\n", " ");

const PREFACE = `<!-- Written by test/conformance-table.test.ts. Change clauses.json or the titles of the tests instead. -->
# Which test shows which clause of the publisher guide

Black-box tests of the built Worker over HTTP, with publishers on loopback that judge every request by the official client's validators.
A test names the clauses that it shows in square brackets at the end of its title; \`clauses.json\` has them in the guide's order, in our own
words. A clause without a test, or a test that names none of them, fails \`npm test\`.

Not in the table: forms of the console; payouts to publishers; and fixed source addresses, which the guide offers on request and which
are a matter of how the gateway is deployed.
`;
