import { z } from "zod";
import { readResults } from "./add-ons.ts";
import { fetchData, type Gateway } from "./fetch-data.ts";

/** What the relay says of an add-on that heard a recording: where its result is, never the result itself. */
const Heard = z.object({
  request_sid: z.string(),
  status: z.string(),
  code: z.number().nullable(),
  /** 1 or 2, where each channel was heard by itself. */
  channel: z.number().optional(),
  payload: z.array(z.object({ url: z.url() })).max(10),
});
type Heard = z.infer<typeof Heard>;

const RecordingSid = z.string().regex(/^RE[0-9a-f]{32}$/);
/** Of its answer only what is used here. */
const SoundAnalysis = z.object({ digits: z.string().regex(/^[0-9A-D*#]*$/) });

const shownDigits = 100;
const maxRemembered = 1_000;

/**
 * Hears what came of recordings, and prints the keys that were pressed.
 * @returns what takes the parameters of a relay, and gives the status to answer it with: the gateway repeats what does not get a 2xx.
 */
export function createRecordings(gateway: Gateway): (parameters: Record<string, unknown>) => Promise<number> {
  /** A relay may come twice, when its answer was lost. The oldest are forgotten first. */
  const printed = new Set<string>();

  return async ({ RecordingSid: sid, AddOns }) => {
    const recordingSid = RecordingSid.safeParse(sid);
    const heard = readResults(AddOns, Heard)["sound_analysis"];
    // Of another add-on, or of another shape, which it will have the next time, too.
    if (!recordingSid.success || heard === undefined || printed.has(heard.request_sid)) return 204;
    const lines = await linesOf(heard, gateway);
    if (lines === undefined) return 502;
    for (const line of lines) console.log(`Recording ${recordingSid.data}${heard.channel === undefined ? "" : `, channel ${heard.channel}`}: ${line}`);
    printed.add(heard.request_sid);
    for (const oldest of printed) {
      if (printed.size <= maxRemembered) break;
      printed.delete(oldest);
    }
    return 204;
  };
}

/** Undefined when the data cannot be had now. */
async function linesOf({ request_sid, status, code, payload }: Heard, gateway: Gateway): Promise<string[] | undefined> {
  if (status !== "successful") return [`sound_analysis failed (${code})`];
  try {
    const lines: string[] = [];
    for (const { url } of payload) lines.push(lineOf(await fetchData(url, gateway)));
    return lines;
  } catch (error) {
    console.warn(JSON.stringify({ request_sid, problem: error instanceof Error ? error.message : "unknown" }));
    return undefined;
  }
}

function lineOf(data: unknown): string {
  const answer = SoundAnalysis.safeParse(data);
  if (!answer.success) return "sound_analysis answered in another shape";
  const { digits } = answer.data;
  if (digits === "") return "no digits";
  return `digits ${digits.length <= shownDigits ? digits : `${digits.slice(0, shownDigits)}…`}`;
}
