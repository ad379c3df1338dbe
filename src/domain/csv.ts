import { csvFormatRow } from "d3-dsv";

export type Cell = string | number | boolean | null;

/** Rows of a CSV file as RFC 4180 has it: each ends with CRLF. */
export const csvRows = (rows: readonly (readonly Cell[])[]): string => rows.map(csvLine).join("");

export const csvLine = (cells: readonly Cell[]): string => `${csvFormatRow(cells.map(inert))}\r\n`;

/** What a spreadsheet begins to calculate at; the last four are the same signs in full width. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^-\d+(?:\.\d+)?$/;

/**
 * A text may be somebody's choice who is not the one that opens the file, so what looks like a formula gets an apostrophe, by which
 * spreadsheets know a text. It is not left out, since a name that is no formula may begin so too. A negative amount is a number.
 */
function inert(cell: Cell): string {
  const text = cell === null ? "" : String(cell);
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
