import { expect, test } from "vitest";
import { rangeOf, type RangeRequest } from "../../src/http/range.ts";

const part = (offset: number, length: number): RangeRequest => ({ kind: "part", offset, length });

test.each([
  { header: "bytes=0-0", range: part(0, 1) },
  { header: "bytes=0-99", range: part(0, 100) },
  { header: "bytes=10-19", range: part(10, 10) },
  { header: "bytes=90-", range: part(90, 10) },
  { header: "bytes=0-", range: part(0, 100) },
  { header: "bytes=99-99", range: part(99, 1) },
  { header: "bytes=50-5000", range: part(50, 50) },
  { header: "bytes=-1", range: part(99, 1) },
  { header: "bytes=-100", range: part(0, 100) },
  { header: "bytes=-5000", range: part(0, 100) },
  { header: "Bytes=10-19", range: part(10, 10) },
  { header: "bytes= 10-19 ", range: part(10, 10) },
])("$header of 100 bytes is a part", ({ header, range }) => {
  expect(rangeOf(header, 100)).toEqual(range);
});

test.each(["bytes=100-", "bytes=100-200", "bytes=999999999999999-", "bytes=-0"])("%s of 100 bytes cannot be had", (header) => {
  expect(rangeOf(header, 100)).toEqual({ kind: "unsatisfiable" });
});

test.each([undefined, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=0x1-2", "bytes=1.5-2", "bytes=-1-2", "bytes=20-10", "bytes=0-1,5-6", "bytes=0-1, -1", "items=0-1", "bytes=0-9999999999999999", "0-1", "bytes=0-1;x"])(
  "%j asks for nothing that is a range, so for everything",
  (header) => {
    expect(rangeOf(header, 100)).toEqual({ kind: "whole" });
  },
);

test("Of no bytes, no range can be had", () => {
  for (const header of ["bytes=0-", "bytes=0-0", "bytes=-1"]) expect(rangeOf(header, 0)).toEqual({ kind: "unsatisfiable" });
});
