import { expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { ROUTES } from "../support/routes.ts";

it("has every route that the gateway declares in the list that the safety tests walk, and no other", () => {
  const declared = app.openAPIRegistry.definitions.flatMap((definition) => (definition.type === "route" ? [`${definition.route.method.toUpperCase()} ${definition.route.path}`] : []));
  expect(declared.length).toBeGreaterThan(0);
  expect(ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(declared.toSorted());
});

it("can be described whole: every route with its parameters, its answers, its errors and who may call it", () => {
  const { paths = {} } = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Dipswitch", version: "1" } });
  const lookup = paths["/v1/PhoneNumbers/{PhoneNumber}"]?.get;
  expect(Object.keys(paths).length).toBe(new Set(ROUTES.map(({ path }) => path)).size);
  expect(lookup).toMatchObject({ security: [{ basic: [] }], "x-may-call": "account_or_test", responses: { 200: {}, default: {} } });
  const definition = paths["/v1/Publisher/AddOns"]?.post?.requestBody;
  expect(JSON.stringify(definition)).toContain('"unique_name"');
});
