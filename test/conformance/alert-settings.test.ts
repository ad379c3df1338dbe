import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startDeveloperWebhook, type DeveloperWebhook } from "../support/developer-webhook.ts";
import { deadErrorPages } from "../support/error-pages.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";

type Settings = { account_sid: string; alert_url: string | null; alert_level: string; url: string; links: { test: string }; message?: string };
type Tested = { account_sid: string; status: string; http_status: number | null; detail: string };

describe("an account's alert settings", () => {
  let gateway: TestGateway;
  let webhook: DeveloperWebhook;
  let developer: Login;

  beforeAll(async () => {
    gateway = await startGateway();
    developer = await gateway.account("Developer");
    webhook = await startDeveloperWebhook(developer.secret);
  });
  beforeEach(async () => void (await set({ AlertUrl: "", AlertLevel: "error" })));
  afterAll(async () => {
    expect(await deadErrorPages(gateway)).toEqual([]);
    await Promise.all([gateway.stop(), webhook.stop()]);
    expect(webhook.violations).toEqual([]);
  });

  const set = (form: Record<string, string>, login = developer) => gateway.call<Settings>(login, "POST", "/v1/AlertSettings", { form });
  const get = (login = developer) => gateway.call<Settings>(login, "GET", "/v1/AlertSettings");
  const test = () => gateway.call<Tested>(developer, "POST", "/v1/AlertSettings/Test");

  it("are nowhere and errors only at first", async () => {
    const another = await gateway.account("Another");
    const url = `${gateway.url}/v1/AlertSettings`;
    expect((await get(another)).body).toEqual({ account_sid: another.sid, alert_url: null, alert_level: "error", url, links: { test: `${url}/Test` } });
    expect((await get(gateway.operator)).body).toMatchObject({ account_sid: gateway.operator.sid, alert_url: null });
  });

  it("are changed one by one, and an empty URL clears it", async () => {
    const alertUrl = "https://user:pass@alerts.example.com/hook?a=1";
    expect((await set({ AlertUrl: alertUrl })).body).toMatchObject({ alert_url: alertUrl, alert_level: "error" });
    expect((await set({ AlertLevel: "warning" })).body).toMatchObject({ alert_url: alertUrl, alert_level: "warning" });
    expect((await set({})).body).toEqual((await get()).body);
    expect((await set({ AlertUrl: "" })).body).toMatchObject({ alert_url: null, alert_level: "warning" });
    expect((await get(gateway.operator)).body).toMatchObject({ alert_url: null, alert_level: "error" });
  });

  it.each([
    { form: { AlertUrl: "ftp://alerts.example.com/" }, parameter: "AlertUrl" },
    { form: { AlertUrl: "alerts.example.com" }, parameter: "AlertUrl" },
    { form: { AlertUrl: "https://10.0.0.1/" }, parameter: "AlertUrl" },
    { form: { AlertUrl: "https://user:secret@metadata.internal/" }, parameter: "AlertUrl" },
    { form: { AlertLevel: "debug" }, parameter: "AlertLevel" },
    { form: { AlertLevel: "" }, parameter: "AlertLevel" },
  ])("are refused for $form", async ({ form, parameter }) => {
    const { status, body } = await gateway.call(developer, "POST", "/v1/AlertSettings", { form });
    expect([status, body["code"], body["message"]]).toEqual([400, 20001, expect.stringMatching(new RegExp(`^${parameter}`))]);
    expect(body["message"]).not.toContain("secret");
  });

  it("do not lead back to the gateway", async () => {
    expect((await set({ AlertUrl: `${gateway.url}/v1/Alerts` })).status).toBe(400);
  });

  describe("are tested", () => {
    it("with a notice that the official middleware takes, with Basic from the URL's user info", async () => {
      await set({ AlertUrl: webhook.origin.replace("//", "//user:p%40ss@") + "/alerts?x=1#here" });
      expect((await test()).body).toEqual({ account_sid: developer.sid, status: "delivered", http_status: 200, detail: expect.stringContaining("200") });
      const received = webhook.requestsTo("/alerts").at(-1);
      expect(received?.originalUrl).toBe("/alerts?x=1");
      expect(received?.headers.authorization).toBe(`Basic ${btoa("user:p@ss")}`);
      expect(received?.body).toMatchObject({ AccountSid: developer.sid, Sid: expect.stringMatching(/^NO[0-9a-f]{32}$/), Level: "ERROR", Count: "1" });
      const { body } = await gateway.call<{ alerts: unknown[] }>(developer, "GET", "/v1/Alerts");
      expect(body.alerts, "a test is not an alert").toEqual([]);
    });

    it.each([
      { what: "a 5xx", path: "/down", http_status: 503, detail: "503" },
      { what: "a redirect, which is not followed", path: "/moved", http_status: 302, detail: "302" },
      { what: "a reset connection", path: "/reset", http_status: null, detail: "could not be reached" },
    ])("and say what came of it: $what", async ({ path, http_status, detail }) => {
      webhook.onRaw("/down", (_request, response) => void response.writeHead(503).end());
      webhook.onRaw("/moved", (_request, response) => void response.writeHead(302, { Location: `${webhook.origin}/elsewhere` }).end());
      webhook.onRaw("/reset", (_request, _response, socket) => void socket.destroy());
      await set({ AlertUrl: webhook.origin + path });
      expect(await test()).toMatchObject({ status: 200, body: { status: "failed", http_status, detail: expect.stringContaining(detail) } });
      expect(webhook.requestsTo("/elsewhere")).toEqual([]);
    });

    it.each(["", "half of it"])("and are delivered with the status, although the body does not end after %j", async (part) => {
      webhook.onRaw("/dangles", (_request, response) => {
        response.writeHead(200);
        response.flushHeaders();
        response.write(part);
      });
      await set({ AlertUrl: `${webhook.origin}/dangles` });
      const startedAtMs = Date.now();
      expect((await test()).body).toMatchObject({ status: "delivered", http_status: 200 });
      expect(Date.now() - startedAtMs).toBeLessThan(4_000);
    });

    it("and give up after five seconds", async () => {
      webhook.onRaw("/hangs", () => undefined);
      await set({ AlertUrl: `${webhook.origin}/hangs` });
      const startedAtMs = Date.now();
      expect((await test()).body).toMatchObject({ status: "failed", http_status: null, detail: expect.stringContaining("5 s") });
      expect(Date.now() - startedAtMs).toBeLessThan(7_000);
    });

    it("not, while no URL is set", async () => {
      expect(await test()).toMatchObject({ status: 409, body: { code: 20409, message: expect.stringContaining("AlertUrl") } });
    });
  });
});
