import { z } from "zod";
import { addOnNames } from "../add-on-names.ts";
import { basicAuth } from "../api-client.ts";
import { lookupRequest } from "../lookup.ts";
import { addOnPricing, priceMicros, startGateway, type Gateway } from "../systems/gateway.ts";
import { lookupAddOn } from "../systems/lookup-add-on.ts";
import { until } from "../until.ts";
import { works } from "../works.ts";
import { startRecordingPublisher } from "./recording-publisher.ts";
import type { StartSide } from "./side.ts";

/** Ten times this is the time to call back in: more than any run takes. */
const recordingSeconds = 3600;
const callSid = `CA${"0".repeat(32)}`;

function transcriber(publisherUrl: string) {
  return {
    unique_name: "bench_transcriber",
    friendly_name: "Benchmark transcriber",
    description: "Calls back with any number of words.",
    type: "recording_analysis",
    extensions: ["recording-verb"],
    request: {
      method: "POST",
      url: publisherUrl,
      body_format: "binary",
      body: "{{audio_data}}",
      query: { callback_url: "{{callback_url}}", sid: "{{media_sid}}" },
    },
    response_schema: { type: "object", required: ["words"] },
    pricing: addOnPricing,
  };
}

const recording = z.object({ sid: z.string() });
const resultList = z.object({ add_on_results: z.array(z.object({ status: z.string() })) });

/** Recordings of which nothing but the end of their result is looked at, so they have as little sound as possible. */
function recordingsOf({ developer: { credentials, api } }: Gateway) {
  const path = `/2010-04-01/Accounts/${credentials.sid}/Recordings`;
  const query = new URLSearchParams({ Source: "RecordVerb", CallSid: callSid, Duration: String(recordingSeconds) });
  return {
    post: async () => recording.parse(await api.post(`/v1/Recordings?${query.toString()}`, "audio/mpeg", "sound")).sid,
    async waitFor(status: string, sid: string): Promise<void> {
      await until(`the result of ${sid} is ${status}`, async () => {
        const [result] = resultList.parse(await api.get(`${path}/${sid}/AddOnResults.json`)).add_on_results;
        if (result?.status === "failed") throw new Error(`the result of ${sid} is failed`);
        return result?.status === status;
      });
    },
    delete: async (sid: string) => void (await api.delete(`${path}/${sid}.json`)),
  };
}

export const start: StartSide = async ({ port, publisherUrl, stateDir }) => {
  const [gateway, transcribing] = [await startGateway(port, stateDir), await startRecordingPublisher()];
  const { developer, publisher, url } = gateway;
  for (const name of addOnNames(works["lookup-1"].addOnCount)) await gateway.offerAndInstall(lookupAddOn(name, publisherUrl));
  await gateway.offerAndInstall(transcriber(transcribing.url));
  const recordings = recordingsOf(gateway);
  const lookup = lookupRequest("lookup-1", developer.credentials);
  if (lookup === undefined) throw new Error("lookup-1 is no look-up");

  return {
    url,
    lookup,
    async prepare(count) {
      const sids: string[] = [];
      while (sids.length < count) sids.push(await recordings.post());
      // Also where the publisher was told already: nothing of the dispatch is to happen while a callback is measured.
      for (const sid of sids) await recordings.waitFor("in-progress", sid);
      const headers = { authorization: basicAuth(publisher.credentials) };
      return sids.map((sid) => {
        const path = transcribing.callbackPaths.get(sid);
        if (path === undefined) throw new Error(`nobody was told of ${sid}`);
        return { id: sid, request: { method: "POST", path, headers } };
      });
    },
    settle: (sid) => recordings.waitFor("completed", sid),
    clear: recordings.delete,
    audit: ({ lookups, callbacks }) => gateway.requireSpent((lookups * works["lookup-1"].addOnCount + callbacks) * priceMicros),
    async stop() {
      await gateway.stop();
      await transcribing.stop();
    },
  };
};
