/** What of a body a Range header asks for. */
export type RangeRequest = { kind: "whole" } | { kind: "part"; offset: number; length: number } | { kind: "unsatisfiable" };

const WHOLE: RangeRequest = { kind: "whole" };
const UNSATISFIABLE: RangeRequest = { kind: "unsatisfiable" };

/**
 * RFC 9110, 14: one range of bytes. What is malformed, of another unit, or several ranges is as if it were not there. It is read here and
 * not by R2, whose local twin answers what it cannot read with the whole object and the status of a part.
 */
export function rangeOf(header: string | undefined, sizeBytes: number): RangeRequest {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "");
  if (match === null) return WHOLE;
  const [, first = "", last = ""] = match;
  if (first === "") return last === "" ? WHOLE : suffixOf(Number(last), sizeBytes);
  const [offset, end] = [Number(first), last === "" ? sizeBytes - 1 : Number(last)];
  if (last !== "" && end < offset) return WHOLE;
  if (offset >= sizeBytes) return UNSATISFIABLE;
  return { kind: "part", offset, length: Math.min(end, sizeBytes - 1) - offset + 1 };
}

function suffixOf(suffixBytes: number, sizeBytes: number): RangeRequest {
  const length = Math.min(suffixBytes, sizeBytes);
  return length === 0 ? UNSATISFIABLE : { kind: "part", offset: sizeBytes - length, length };
}
