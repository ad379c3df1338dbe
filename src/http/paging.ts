import { z } from "./route.ts";
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../domain/limits.ts";
import type { Cursor, Page, PageRequest } from "../platform/d1/page.ts";
import type { SidPrefix } from "../domain/sid.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./refused.ts";

/** The parameters that every list takes. They are checked by hand, since they have error codes of their own. */
export const pageParameters = {
  PageSize: z.string().optional().openapi({ type: "integer", minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_DEFAULT }),
  Page: z.string().optional().openapi({ type: "integer", minimum: 0 }),
  PageToken: z.string().optional(),
};

export type PageParameters = { PageSize?: string | undefined; Page?: string | undefined; PageToken?: string | undefined };

/** Pages beyond this are reached by following `next` only. */
const PAGE_NUMBER_MAX = 100_000;

/**
 * @param elements the kind of SID that the list's elements have: another list's token is none of this one's.
 * @param sizeMax where elements are large: a page then has fewer than were asked for, and `next` leads on.
 */
export function pageRequest(parameters: PageParameters, elements: SidPrefix, sizeMax = PAGE_SIZE_MAX): PageRequest {
  const size = parameters.PageSize === undefined ? PAGE_SIZE_DEFAULT : wholeNumber(parameters.PageSize);
  if (size === null || size < 1) refuse({ kind: "invalid", parameter: "PageSize", message: `PageSize must be a whole number from 1 to ${PAGE_SIZE_MAX}` });
  if (size > PAGE_SIZE_MAX) refuse({ kind: "page_size", message: `PageSize must be at most ${PAGE_SIZE_MAX}` });
  const number = parameters.Page === undefined ? 0 : wholeNumber(parameters.Page);
  if (number === null || number > PAGE_NUMBER_MAX) refuse({ kind: "page_token", message: "Page must be one that a list handed out" });
  return { size: Math.min(size, sizeMax), number, cursor: parameters.PageToken === undefined ? null : cursorOf(parameters.PageToken, elements) };
}

const wholeNumber = (text: string): number | null => (/^\d{1,9}$/.test(text) ? Number(text) : null);

const PAGE_TOKEN = /^P([AB])(\d{1,15})-([A-Z]{2}[0-9a-f]{32})$/;

function cursorOf(token: string, elements: SidPrefix): Cursor {
  const match = PAGE_TOKEN.exec(token);
  if (!match?.[3]?.startsWith(elements)) return refuse({ kind: "page_token", message: "PageToken must be one that a list handed out" });
  return { direction: match[1] === "A" ? "after" : "before", createdAtMs: Number(match[2]), sid: match[3] };
}

const tokenOf = (cursor: Cursor): string => `P${cursor.direction === "after" ? "A" : "B"}${cursor.createdAtMs}-${cursor.sid}`;

/** The pages beside this one, as paths with a query: the caller's own filters stay in them. */
function pagePaths(c: AppContext, page: Page<unknown>, suffix: string) {
  const { request } = page;
  const path = (number: number, cursor: Cursor | null): string => {
    const query = new URL(c.req.url).searchParams;
    query.set("PageSize", String(request.size));
    query.set("Page", String(number));
    if (cursor === null) query.delete("PageToken");
    else query.set("PageToken", tokenOf(cursor));
    return `${c.req.path}${suffix}?${query.toString()}`;
  };
  return {
    first: path(0, null),
    self: path(request.number, request.cursor),
    next: page.next && path(request.number + 1, page.next),
    previous: page.previous && path(Math.max(0, request.number - 1), page.previous),
  };
}

/** A `/v1` list: the elements under `key`, paging in `meta` with absolute URLs. */
export function v1List<K extends string, T>(c: AppContext, key: K, page: Page<unknown>, items: T[]) {
  const paths = pagePaths(c, page, "");
  const { publicUrl } = c.var.gateway.settings;
  const absolute = (path: string | null): string | null => path && publicUrl + path;
  const meta = {
    page: page.request.number,
    page_size: page.request.size,
    first_page_url: publicUrl + paths.first,
    previous_page_url: absolute(paths.previous),
    url: publicUrl + paths.self,
    next_page_url: absolute(paths.next),
    key,
  };
  return { [key]: items, meta } as { [N in K]: T[] } & { meta: typeof meta };
}

/** A `/2010-04-01` list: classic paging with relative URIs beside the elements. */
export function classicList<K extends string, T>(c: AppContext, key: K, page: Page<unknown>, items: T[]) {
  const paths = pagePaths(c, page, ".json");
  const { number, size } = page.request;
  const start = number * size;
  const paging = {
    page: number,
    page_size: size,
    start,
    end: start + Math.max(0, items.length - 1),
    first_page_uri: paths.first,
    next_page_uri: paths.next,
    previous_page_uri: paths.previous,
    uri: paths.self,
  };
  return { [key]: items, ...paging } as { [N in K]: T[] } & typeof paging;
}

const nullableText = z.string().nullable();

export const v1ListSchema = <K extends string, T extends z.ZodType>(key: K, item: T) =>
  z.object({
    [key]: z.array(item),
    meta: z.object({
      page: z.int(),
      page_size: z.int(),
      first_page_url: z.string(),
      previous_page_url: nullableText,
      url: z.string(),
      next_page_url: nullableText,
      key: z.string(),
    }),
  });

export const classicListSchema = <K extends string, T extends z.ZodType>(key: K, item: T) =>
  z.object({
    [key]: z.array(item),
    page: z.int(),
    page_size: z.int(),
    start: z.int(),
    end: z.int(),
    first_page_uri: z.string(),
    next_page_uri: nullableText,
    previous_page_uri: nullableText,
    uri: z.string(),
  });
