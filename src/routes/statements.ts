import { OpenAPIHono } from "@hono/zod-openapi";
import { callerMiddleware } from "../http/caller.ts";
import type { AppContext, AppEnv } from "../http/context.ts";
import { payment, paymentList, readStatement, requireStatement, statementEntries, statementFilters, statementList, type Reader } from "../http/statement-reading.ts";
import { pageParameters, v1ListSchema } from "../http/paging.ts";
import { declare, json, z } from "../http/route.ts";
import { statement } from "../http/statement.ts";

const ofStatement = z.object({ Sid: z.string() });

/** Reading statements: the same for an account, which reads its own, and for the operator, who reads everybody's. */
function statementReading(mayCall: "account" | "operator", path: string, whose: string, accountSidOf: (c: AppContext) => string | null) {
  const readerOf = (c: AppContext): Reader => ({ accountSid: accountSidOf(c), path });
  const routes = new OpenAPIHono<AppEnv>()
    .openapi(
      declare(mayCall, {
        method: "get",
        path,
        summary: `Lists ${whose} statements, newest first.`,
        request: { query: statementFilters },
        responses: { 200: json(v1ListSchema("statements", statement), "A page of statements") },
      }),
      async (c) => c.json(await statementList(c, readerOf(c), c.req.valid("query")), 200),
    )
    .openapi(
      declare(mayCall, {
        method: "get",
        path: `${path}/{Sid}/Entries.csv`,
        summary: "The ledger entries that a statement sums, as the file whose SHA-256 it says.",
        request: { params: ofStatement },
        responses: { 200: { content: { "text/csv": { schema: z.string() } }, description: "The entries" } },
      }),
      async (c) => statementEntries(c, await requireStatement(c, readerOf(c), c.req.valid("param").Sid)),
    )
    .openapi(
      declare(mayCall, {
        method: "get",
        path: `${path}/{Sid}/Payments`,
        summary: "Lists what was paid on a publisher's statement, newest first.",
        request: { params: ofStatement, query: z.object(pageParameters) },
        responses: { 200: json(v1ListSchema("payments", payment), "A page of payments") },
      }),
      async (c) => c.json(await paymentList(c, await requireStatement(c, readerOf(c), c.req.valid("param").Sid), c.req.valid("query")), 200),
    );
  // Described here and handled below, since its answer has one of three media types.
  routes.openAPIRegistry.registerPath(
    declare(mayCall, {
      method: "get",
      path: `${path}/{Sid}`,
      summary: "Fetches a statement; with .html, .csv or .json after its SID, in that form.",
      request: { params: ofStatement },
      responses: { 200: { content: { ...json(statement, "").content, "text/html": { schema: z.string() }, "text/csv": { schema: z.string() } }, description: "The statement" } },
    }),
  );
  return routes.get(`${path}/:Sid`, callerMiddleware(mayCall), async (c) => readStatement(c, readerOf(c), c.req.param("Sid") ?? ""));
}

/** What an account spent as a developer, and what it earned as a publisher. */
export const statementRoutes = statementReading("account", "/v1/Statements", "an account's own", (c) => c.var.accountSid);

export const everybodysStatementRoutes = statementReading("operator", "/v1/Operator/Statements", "everybody's", () => null);
