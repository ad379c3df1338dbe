import type { Page, PageRequest } from "../platform/d1/page.ts";
import { refuse } from "./refused.ts";

/** One page of a list that is short and at hand as a whole. Its elements have no dates, so a page token has none either. */
export function pageOfWhole<T extends { sid: string }>(items: readonly T[], request: PageRequest): Page<T> {
  const { cursor, size } = request;
  const start = cursor === null ? request.number * size : cursor.direction === "after" ? placeOf(items, cursor.sid) + 1 : Math.max(0, placeOf(items, cursor.sid) - size);
  const end = cursor?.direction === "before" ? placeOf(items, cursor.sid) : start + size;
  const page = items.slice(start, end);
  const [first, last] = [page[0], page.at(-1)];
  return {
    items: page,
    request,
    next: last !== undefined && end < items.length ? { direction: "after", createdAtMs: 0, sid: last.sid } : null,
    previous: first !== undefined && start > 0 ? { direction: "before", createdAtMs: 0, sid: first.sid } : null,
  };
}

function placeOf(items: readonly { sid: string }[], sid: string): number {
  const place = items.findIndex((item) => item.sid === sid);
  return place >= 0 ? place : refuse({ kind: "page_token", message: "PageToken must be one that this list handed out" });
}
