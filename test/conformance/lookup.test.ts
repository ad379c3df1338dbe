import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, lookUp, publish, type LookupAnswer } from "../support/add-ons.ts";
import { startGateway, type Login, type TestGateway } from "../support/gateway.ts";
import { answering, startPublisher, type LoopbackPublisher } from "../support/loopback-publisher.ts";

describe("Lookup", () => {
  let gateway: TestGateway;
  let publisher: LoopbackPublisher;
  let developer: Login;
  let owner: Login;

  beforeAll(async () => {
    [gateway, publisher] = await Promise.all([startGateway(), startPublisher()]);
    [developer, owner] = [await gateway.account("Developer", "10"), await gateway.account("Publisher")];
    publisher.authTokens.set(owner.sid, owner.secret);
  });
  afterAll(async () => {
    await Promise.all([gateway.stop(), publisher.stop()]);
    expect(publisher.violations).toEqual([]);
  });

  it("answers the guide's own curl: the parameters in the body of a GET", async () => {
    publisher.on("/anagrams", answering({ anagrams: ["+18778TWILIO"] }));
    const addOn = await publish(gateway, owner, definition(publisher, "/anagrams", { unique_name: "publisher_anagrams" }));
    await install(gateway, developer, addOn);
    const { execFile } = await import("node:child_process");
    const { promisify } = await import("node:util");
    const url = `${gateway.url}/v1/PhoneNumbers/18778894546`;
    const { stdout } = await promisify(execFile)("curl", ["-sS", "-X", "GET", url, "-d", "AddOns=publisher_anagrams", "-u", `${developer.sid}:${developer.secret}`]);
    const answer = JSON.parse(stdout) as LookupAnswer;
    expect(answer).toMatchObject({ country_code: "US", phone_number: "+18778894546", national_format: "(877) 889-4546", add_ons: { status: "successful", message: null, code: null } });
    expect(answer.add_ons?.results["publisher_anagrams"]).toEqual({
      request_sid: expect.stringMatching(/^XR[0-9a-f]{32}$/),
      status: "successful",
      message: null,
      code: null,
      result: { anagrams: ["+18778TWILIO"] },
    });
    expect(publisher.requests.at(-1)?.form).toEqual({ e164: "+18778894546", id: answer.add_ons?.results["publisher_anagrams"]?.request_sid });
  });

  it("meters what it answered: the invocation and the balance are read in the next request", async () => {
    const before = await gateway.call<{ balance: string }>(developer, "GET", `/2010-04-01/Accounts/${developer.sid}/Balance.json`);
    const { body } = await lookUp(gateway, developer, ["publisher_anagrams"]);
    const sid = body.add_ons?.results["publisher_anagrams"]?.request_sid;
    const listed = await gateway.call<{ invocations: { sid: string; price: string; status: string }[] }>(developer, "GET", "/v1/Invocations?PageSize=5");
    expect(listed.body.invocations[0]).toMatchObject({ sid, price: "0.0001", status: "successful" });
    const after = await gateway.call<{ balance: string }>(developer, "GET", `/2010-04-01/Accounts/${developer.sid}/Balance.json`);
    expect(Math.round((Number(before.body.balance) - Number(after.body.balance)) * 1e6)).toBe(100);
  });
});
