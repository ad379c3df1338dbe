import { describe, expect, test } from "vitest";
import { AnsweredRequests } from "../../examples/publishers/answered-requests.ts";

const request = { requestSid: "XR1", fingerprint: "print" };
const SECOND = 1_000;

/** Work that says how often it was done. */
function countingWork(): () => Promise<string> {
  let times = 0;
  return async () => `answer ${(times += 1)}`;
}

describe("a request SID", () => {
  test("gets the first answer again", async () => {
    const answered = new AnsweredRequests(10);
    const work = countingWork();
    expect(await answered.once(request, 0, work)).toBe("answer 1");
    expect(await answered.once(request, 119 * SECOND, work)).toBe("answer 1");
  });

  test("gets the same answer while the first is still being worked on", async () => {
    const answered = new AnsweredRequests(10);
    const work = countingWork();
    expect(await Promise.all([answered.once(request, 0, work), answered.once(request, 0, work)])).toEqual(["answer 1", "answer 1"]);
  });

  test("is refused for another request", async () => {
    const answered = new AnsweredRequests(10);
    await answered.once(request, 0, countingWork());
    expect(answered.once({ ...request, fingerprint: "another" }, 0, countingWork())).toBeUndefined();
  });

  test("is forgotten two minutes after its last repetition", async () => {
    const answered = new AnsweredRequests(10);
    const work = countingWork();
    await answered.once(request, 0, work);
    expect(await answered.once(request, 100 * SECOND, work)).toBe("answer 1");
    expect(await answered.once(request, 219 * SECOND, work)).toBe("answer 1");
    expect(await answered.once(request, 339 * SECOND, work)).toBe("answer 2");
  });

  test("is worked on again after a failure", async () => {
    const answered = new AnsweredRequests(10);
    await expect(answered.once(request, 0, async () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await answered.once(request, 0, countingWork())).toBe("answer 1");
  });
});

test("beyond its limit the oldest answers are forgotten, and no others", async () => {
  const answered = new AnsweredRequests(2);
  const work = countingWork();
  for (const requestSid of ["XR1", "XR2", "XR3"]) await answered.once({ ...request, requestSid }, 0, work);
  expect(await answered.once({ ...request, requestSid: "XR3" }, 0, work)).toBe("answer 3");
  expect(await answered.once({ ...request, requestSid: "XR2" }, 0, work)).toBe("answer 2");
  expect(await answered.once({ ...request, requestSid: "XR1" }, 0, work)).toBe("answer 4");
});
