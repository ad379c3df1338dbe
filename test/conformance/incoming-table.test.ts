import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, install, publish } from "../support/add-ons.ts";
import { answering } from "../support/loopback-publisher.ts";
import type { Offer } from "../support/marketplace.ts";
import { assign, removeNumber, unassign, type OwnNumber } from "../support/phone-numbers.ts";
import { startSwitchboard, type Received, type Switchboard } from "../support/switchboard.ts";

type Kind = "message" | "call";
type Type = "phone_number" | "message_analysis";
type Extension = "on" | "off";
type Assigned = "here" | "elsewhere" | "nowhere";
type Row = [type: Type, kind: Kind, extension: Extension, assigned: Assigned, runs: boolean];

/** Whether an install runs for what comes in for one of the account's two numbers, "here". */
const TABLE: Row[] = [
  ["phone_number", "message", "on", "here", true],
  ["phone_number", "message", "on", "elsewhere", false],
  ["phone_number", "message", "on", "nowhere", true],
  ["phone_number", "message", "off", "here", false],
  ["phone_number", "message", "off", "elsewhere", false],
  ["phone_number", "message", "off", "nowhere", false],
  ["phone_number", "call", "on", "here", true],
  ["phone_number", "call", "on", "elsewhere", false],
  ["phone_number", "call", "on", "nowhere", true],
  ["phone_number", "call", "off", "here", false],
  ["phone_number", "call", "off", "elsewhere", false],
  ["phone_number", "call", "off", "nowhere", false],
  ["message_analysis", "message", "on", "here", true],
  ["message_analysis", "message", "on", "elsewhere", false],
  ["message_analysis", "message", "on", "nowhere", true],
  ["message_analysis", "message", "off", "here", false],
  ["message_analysis", "message", "off", "elsewhere", false],
  ["message_analysis", "message", "off", "nowhere", false],
  ["message_analysis", "call", "on", "here", false],
  ["message_analysis", "call", "on", "elsewhere", false],
  ["message_analysis", "call", "on", "nowhere", false],
  ["message_analysis", "call", "off", "here", false],
  ["message_analysis", "call", "off", "elsewhere", false],
  ["message_analysis", "call", "off", "nowhere", false],
];

const namesOf = ({ addOns }: Received): string[] => Object.keys(addOns.results).toSorted();

describe("the installs that run for a message or call", () => {
  let board: Switchboard;
  let here: OwnNumber;
  let elsewhere: OwnNumber;
  /** By type, whether sms-incoming is on, and where it is assigned. For calls, voice-incoming is on where sms-incoming is off. */
  const offers = new Map<string, Offer>();
  const received = new Map<Kind, Received>();

  beforeAll(async () => {
    board = await startSwitchboard();
    [here, elsewhere] = [await board.number("/here"), await board.number("/elsewhere")];
    for (const type of ["phone_number", "message_analysis"] as const) {
      for (const extension of ["on", "off"] as const) {
        for (const assigned of ["here", "elsewhere", "nowhere"] as const) {
          const offer = await (type === "phone_number" ? board.offerIncoming : board.offerAnalysis)(answering({ type, extension, assigned }));
          const off = extension === "off" ? "sms-incoming" : type === "phone_number" ? "voice-incoming" : null;
          if (off !== null) await board.disable(offer, off);
          if (assigned !== "nowhere") await assign(board.gateway, board.developer, assigned === "here" ? here : elsewhere, offer.installedSid);
          offers.set(`${type} ${extension} ${assigned}`, offer);
        }
      }
    }
    // Somebody else's, installed and enabled: it must show nowhere.
    const stranger = await board.gateway.account("Stranger", "1");
    board.publisher.on("/stranger", answering({ strange: true }));
    await install(board.gateway, stranger, await publish(board.gateway, board.owner, definition(board.publisher, "/stranger", { unique_name: "strange", extensions: ["sms-incoming", "voice-incoming"] })));
    for (const kind of ["message", "call"] as const) received.set(kind, await board.received(kind, here));
  });
  afterAll(async () => {
    await board.stop();
    expect([...board.publisher.violations, ...board.webhook.violations]).toEqual([]);
  });

  const offerOf = (type: Type, kind: Kind, extension: Extension, assigned: Assigned): Offer => {
    const smsIncoming = kind === "message" || type === "message_analysis" ? extension : extension === "on" ? "off" : "on";
    return offers.get(`${type} ${smsIncoming} ${assigned}`) ?? missing();
  };

  it.each(TABLE)("are told by type, kind, extension and assignment: %s, %s, extension %s, assigned %s: %s [types-phone-number-points, types-message-points, types-enabled-then-invoked]", (type, kind, extension, assigned, runs) => {
    const offer = offerOf(type, kind, extension, assigned);
    const addOns = received.get(kind)?.addOns;
    expect(addOns).toMatchObject({ status: "successful", message: null, code: null });
    expect(Object.hasOwn(addOns?.results ?? {}, offer.name)).toBe(runs);
    if (runs) expect(addOns?.results[offer.name]).toMatchObject({ status: "successful", code: null, message: null });
    const point = kind === "message" ? "sms" : "voice";
    const sids = board.requestsTo(offer).map(({ headers }) => headers["x-twilio-requestsid"]);
    expect(sids.filter((sid) => sid === addOns?.results[offer.name]?.request_sid), `${offer.name} is called for ${point}`).toHaveLength(runs ? 1 : 0);
  });

  it("are these and no other", () => {
    for (const kind of ["message", "call"] as const) {
      const expected = TABLE.filter((row) => row[1] === kind && row[4]).map(([type, , extension, assigned]) => offerOf(type, kind, extension, assigned).name);
      expect(Object.keys(received.get(kind)?.addOns.results ?? {}).toSorted(), kind).toEqual(expected.toSorted());
    }
    expect(board.publisher.requests.filter(({ url }) => url.pathname === "/stranger")).toEqual([]);
  });

  it("are those of the number that was written to: what is assigned to the other one, and what is assigned to none", async () => {
    const expected = TABLE.filter((row) => row[1] === "message" && row[2] === "on").filter((row) => row[3] !== "here").map(([type, kind, extension, assigned]) => offerOf(type, kind, extension, assigned).name);
    expect(namesOf(await board.received("message", elsewhere))).toEqual(expected.toSorted());
  });

  it("change with the next message: assigned to a second number, taken from one, from both", async () => {
    const offer = offerOf("phone_number", "message", "on", "elsewhere");
    const runsFor = async (number: OwnNumber): Promise<boolean> => namesOf(await board.received("message", number)).includes(offer.name);
    const { gateway, developer } = board;
    await assign(gateway, developer, here, offer.installedSid);
    expect([await runsFor(here), await runsFor(elsewhere)]).toEqual([true, true]);
    await unassign(gateway, developer, elsewhere, offer.installedSid);
    expect([await runsFor(here), await runsFor(elsewhere)]).toEqual([true, false]);
    await unassign(gateway, developer, here, offer.installedSid);
    expect([await runsFor(here), await runsFor(elsewhere)]).toEqual([true, true]);
    await assign(gateway, developer, elsewhere, offer.installedSid);
    expect([await runsFor(here), await runsFor(elsewhere)]).toEqual([false, true]);
  });

  it("change with the next message or call: an extension that is switched off and on again", async () => {
    const offer = offerOf("message_analysis", "message", "on", "nowhere");
    await board.disable(offer, "sms-incoming");
    expect(namesOf(await board.received("message", here))).not.toContain(offer.name);
    await board.enable(offer, "sms-incoming");
    expect(namesOf(await board.received("message", here))).toContain(offer.name);
  });

  it("are not those that were assigned to a removed number alone: they are switched off, and then bound to no number", async () => {
    const gone = await board.number("/gone");
    const offer = offerOf("phone_number", "message", "on", "nowhere");
    await assign(board.gateway, board.developer, gone, offer.installedSid);
    expect(namesOf(await board.received("message", here))).not.toContain(offer.name);
    await removeNumber(board.gateway, board.developer, board.developer.sid, gone);
    expect(namesOf(await board.received("message", here)), "nobody asked for it to run here").not.toContain(offer.name);
    await board.enable(offer, "sms-incoming");
    expect(namesOf(await board.received("message", here))).toContain(offer.name);
  });

  it("do not run at Lookup without its extension, and a message's are not asked for by name", async () => {
    const offer = offerOf("phone_number", "message", "on", "here");
    expect(await board.run(offer)).toMatchObject({ status: "failed", code: 61003 });
  });
});

function missing(): never {
  throw new Error("an offer is missing");
}
