import { expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { ROUTES } from "../support/routes.ts";

it("has every route that the gateway declares in the list that the safety tests walk, and no other", () => {
  const declared = app.openAPIRegistry.definitions.flatMap((definition) => (definition.type === "route" ? [`${definition.route.method.toUpperCase()} ${definition.route.path}`] : []));
  expect(declared.length).toBeGreaterThan(0);
  expect(ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(declared.toSorted());
});
