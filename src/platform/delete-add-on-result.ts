import { callbacksPrefix } from "../domain/recording/keys.ts";
import { removeResult } from "./d1/add-on-result-rows.ts";
import { deleteUnder } from "./r2/delete-under.ts";

export type ResultPlaces = {
  d1: D1Database;
  recordings: R2Bucket;
  /** The result's. */
  invocation: { forget(): Promise<void> };
};

/**
 * Deletes a result wherever it is. Its invocation hears of it first, and cancels what is under way; its rows go last: a deletion that broke
 * off can be asked for again.
 */
export async function deleteAddOnResult({ d1, recordings, invocation }: ResultPlaces, xr: string): Promise<void> {
  await invocation.forget();
  // All that the publisher sent, by its place: what was called back and is not checked yet has no row.
  await deleteUnder(recordings, callbacksPrefix(xr));
  await removeResult(d1, xr);
}
