import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { deskOf } from "../../src/platform/account-desk.ts";

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS));

test("smoke", async () => {
  const desk = deskOf(env.ACCOUNT_DESK, "AC1");
  expect(await desk.grant({ key: "k", sid: "CR1", micros: 1000, reason: "x" })).toMatchObject({ kind: "granted" });
  expect(await desk.balance()).toMatchObject({ leftMicros: 1000 });
  expect(await desk.flush()).toEqual({ isCurrent: true });
  expect(await desk.inspect()).toEqual({});
});
