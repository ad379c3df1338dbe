import { OpenAPIHono } from "@hono/zod-openapi";
import { callerMiddleware } from "../http/caller.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { payment, paymentList, readStatement, requireStatement, statementEntries, statementFilters, statementList } from "../http/own-statements.ts";
import { pageParameters, v1ListSchema } from "../http/paging.ts";
import { declare, json, z } from "../http/route.ts";
import { statement } from "../http/statement.ts";

const ofStatement = z.object({ Sid: z.string() });

const own = (c: AppContext) => ({ accountSid: c.var.accountSid, path: "/v1/Statements" });

/** An account's own statements: what it spent as a developer, what it earned as a publisher. */
export const statementRoutes = new OpenAPIHono<AppEnv>()
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Statements",
      summary: "Lists an account's own statements, newest first.",
      request: { query: statementFilters },
      responses: { 200: json(v1ListSchema("statements", statement), "A page of statements") },
    }),
    async (c) => c.json(await statementList(c, own(c), c.req.valid("query")), 200),
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Statements/{Sid}/Entries.csv",
      summary: "The ledger entries that a statement sums, as the file whose SHA-256 it says.",
      request: { params: ofStatement },
      responses: { 200: { content: { "text/csv": { schema: z.string() } }, description: "The entries" } },
    }),
    async (c) => statementEntries(c, await requireStatement(c, own(c), c.req.valid("param").Sid)),
  )
  .openapi(
    declare("account", {
      method: "get",
      path: "/v1/Statements/{Sid}/Payments",
      summary: "Lists what was paid on a publisher's statement, newest first.",
      request: { params: ofStatement, query: z.object(pageParameters) },
      responses: { 200: json(v1ListSchema("payments", payment), "A page of payments") },
    }),
    async (c) => c.json(await paymentList(c, await requireStatement(c, own(c), c.req.valid("param").Sid), c.req.valid("query")), 200),
  );

/** Described here and handled below, since its answer has one of three media types. */
statementRoutes.openAPIRegistry.registerPath(
  declare("account", {
    method: "get",
    path: "/v1/Statements/{Sid}",
    summary: "Fetches a statement; with .html, .csv or .json after its SID, in that form.",
    request: { params: ofStatement },
    responses: { 200: { content: { ...json(statement, "").content, "text/html": { schema: z.string() }, "text/csv": { schema: z.string() } }, description: "The statement" } },
  }),
);
statementRoutes.get("/v1/Statements/:Sid", callerMiddleware("account"), async (c) => readStatement(c, own(c), c.req.param("Sid")));
