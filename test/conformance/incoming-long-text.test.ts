import { afterAll, beforeAll, expect, it } from "vitest";
import { answering } from "../support/loopback-publisher.ts";
import { startSwitchboard, type Switchboard } from "../support/switchboard.ts";

let board: Switchboard;
beforeAll(async () => {
  board = await startSwitchboard();
});
afterAll(async () => {
  await board.stop();
  expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
});

it("a text that a URL has no room for is not sent in one, which is not the publisher's fault; in a body it is, and the webhook hears all of it", async () => {
  const number = await board.number("/long");
  const inBody = await board.offerAnalysis(answering({ ok: true }));
  const inUrl = await board.offerAnalysis(answering({ ok: true }), { request: { method: "GET", body_format: "none", body: undefined, query: { text: "{{body}}" } } });
  const text = "ß".repeat(2_800);
  const { addOns, request } = await board.received("message", number, { Body: text });
  expect(addOns.results[inBody.name]).toMatchObject({ status: "successful" });
  expect(addOns.results[inUrl.name]).toMatchObject({ status: "failed", code: 61009, detail: "The fields make a URL of more than 16384 characters." });
  expect(request.body["Body"]).toBe(text);
  const short = await board.received("message", number, { Body: "ß".repeat(2_300) });
  expect(short.addOns.results[inUrl.name]).toMatchObject({ status: "successful" });
  expect(await board.logged(board.developer, addOns.results[inUrl.name]?.request_sid ?? "")).toMatchObject({ code: 61009, counts_against_sla: false, attempts: [] });
});
