import { checkCallback as check } from "../invocation/check-callback.ts";
import { compiledVersionOf } from "../platform/d1/compiled-versions.ts";
import { callbackStore } from "../platform/r2/callback-store.ts";
import { invocationOf } from "../platform/recording-invocation.ts";
import type { Gateway } from "../wiring.ts";

/** Checks what an invocation was called back with, when it waits for that. */
export async function checkCallback(gateway: Gateway, xr: string): Promise<void> {
  await check({
    invocation: invocationOf(gateway.invocations, xr),
    callbacks: callbackStore(gateway.recordings),
    version: (versionSid) => compiledVersionOf(gateway.d1, versionSid),
  });
}
