import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { next, NEW_INVOCATION, type Callback, type RecordingInvocation } from "../../src/domain/recording/recording-invocation.ts";
import { receiveCallback, type CallbackPorts, type ReceivedCallback } from "../../src/invocation/receive-callback.ts";
import { MapCallbackStore } from "../support/map-callback-store.ts";

const XR = `XR${"0".repeat(32)}`;
const NOW = 1_800_000_000_000;
const ACCEPTED: RecordingInvocation = { ...NEW_INVOCATION, phase: "in_progress", dispatches: 1, deadlineAtMs: NOW + 60_000 };

const keyOf = (attempt: string): string => `callbacks/${XR}/${attempt}`;
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** One invocation, as its object decides. */
function world() {
  const callbacks = new MapCallbackStore();
  const left: string[] = [];
  const of = { state: ACCEPTED, nowMs: NOW };
  const ports: CallbackPorts = {
    callbacks,
    invocation: {
      async receive(callback: Callback, uploadedAtMs: number) {
        const { state, reply } = next(of.state, { kind: "received", callback, uploadedAtMs }, of.nowMs);
        of.state = state;
        const { kind } = reply;
        if (kind !== "received" && kind !== "repeated" && kind !== "conflict" && kind !== "gone") throw new Error(kind);
        return { kind };
      },
    },
    nowMs: () => of.nowMs,
    reportLeft: (key) => left.push(key),
  };
  const send = (attempt: string, body: string | ReadableStream): Promise<ReceivedCallback> =>
    receiveCallback({ xr: XR, attempt, body: typeof body === "string" ? new Blob([body]).stream() : body }, ports);
  return { of, callbacks, ports, left, send, kept: () => [...callbacks.bodies.keys()] };
}

describe("a callback", () => {
  it("is received once, and kept under its own key", async () => {
    const { of, send, kept } = world();
    expect(await send("first", '{"digits":"42"}')).toEqual({ kind: "received" });
    expect(of.state.callback).toEqual({ attempt: "first", md5: md5('{"digits":"42"}'), sizeBytes: 15 });
    expect(kept()).toEqual([keyOf("first")]);
  });

  it("that comes again is told that it was, and another one that it conflicts; neither is kept, nor changes the first", async () => {
    const { of, send, kept } = world();
    await send("first", "{}");
    expect(await send("again", "{}")).toEqual({ kind: "repeated" });
    expect(await send("other", '{"a":1}')).toEqual({ kind: "conflict" });
    expect([of.state.callback?.attempt, kept()]).toEqual(["first", [keyOf("first")]]);
  });

  it("of several at once has one winner, whose body is the one that stays", async () => {
    const { of, send, kept } = world();
    const outcomes = await Promise.all(["a", "b", "c"].map((attempt) => send(attempt, `{"by":"${attempt}"}`)));
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(["conflict", "conflict", "received"]);
    expect(kept()).toEqual([keyOf(of.state.callback?.attempt ?? "none")]);
  });

  it("whose upload ends after the deadline is gone, and not kept", async () => {
    const { of, send, kept } = world();
    of.nowMs = NOW + 60_001;
    expect(await send("late", "{}")).toEqual({ kind: "gone" });
    expect(kept()).toEqual([]);
  });

  it("whose upload ends in time is received, though reading it back takes longer than the time", async () => {
    const { of, ports, callbacks, send } = world();
    const { scan } = callbacks;
    ports.callbacks.scan = (key) => {
      of.nowMs = NOW + 63_000;
      return scan.call(callbacks, key);
    };
    of.nowMs = NOW + 60_000;
    expect(await send("slow", "{}")).toEqual({ kind: "received" });
  });

  it.each([
    ["HTML", "<html></html>", { reason: "not_json", atByte: 0 }],
    ["a list", "[]", { reason: "not_an_object", atByte: 0 }],
    ["cut off", '{"a":', { reason: "not_json", atByte: 5 }],
    ["two objects", "{}{}", { reason: "not_json", atByte: 2 }],
    ["deep", `{"a":${"[".repeat(512)}`, { reason: "too_deep", atByte: 516 }],
  ])("that is %s is malformed, not kept, and leaves the URL usable", async (_, body, fault) => {
    const { send, kept } = world();
    expect(await send("bad", body)).toEqual({ kind: "malformed", fault });
    expect(kept()).toEqual([]);
    expect(await send("good", "{}")).toEqual({ kind: "received" });
  });

  it("whose upload breaks off leaves nothing behind", async () => {
    const { of, send, kept } = world();
    const broken = new ReadableStream({
      pull(controller) {
        if (controller.desiredSize === 1) controller.enqueue(new TextEncoder().encode('{"a":'));
        controller.error(new Error("the client went away"));
      },
    });
    await expect(send("broken", broken)).rejects.toThrow("the client went away");
    expect([kept(), of.state]).toEqual([[], ACCEPTED]);
  });

  it("that could not be looked at leaves nothing behind", async () => {
    const { ports, callbacks, send, kept } = world();
    ports.callbacks.scan = () => Promise.reject(new Error("storage failed"));
    await expect(send("first", "{}")).rejects.toThrow("storage failed");
    expect([kept(), callbacks.bodies.size]).toEqual([[], 0]);
  });

  it("whose claim got no reply keeps its body, since it may have won; the same again is then the first or a repetition", async () => {
    const { ports, send, kept } = world();
    const { receive } = ports.invocation;
    ports.invocation.receive = async (...received) => {
      await receive(...received);
      throw new Error("the reply was lost");
    };
    await expect(send("first", "{}")).rejects.toThrow("the reply was lost");
    expect(kept()).toEqual([keyOf("first")]);
    ports.invocation.receive = receive;
    expect(await send("again", "{}")).toEqual({ kind: "repeated" });
    expect(kept()).toEqual([keyOf("first")]);
  });

  it("has its answer also where its body cannot be deleted, which is reported", async () => {
    const { ports, left, send } = world();
    await send("first", "{}");
    ports.callbacks.delete = () => Promise.reject(new Error("storage failed"));
    expect(await send("other", '{"a":1}')).toEqual({ kind: "conflict" });
    expect(left).toEqual([keyOf("other")]);
  });
});
