/** The message of a failed result, by its code: for 61003 the publisher guide's spelling, for the others that of the public list of errors. */
export const RESULT_TITLES = {
  61000: "Internal server error",
  61001: "Request timed out",
  61002: "Provider could not complete request",
  61003: "Requirements to invoke Add-ons have not been met",
  61004: "No results",
  61005: "Bad request",
  61007: "Response body too large",
  61009: "Could not fulfill request with available data",
} as const;

export type ResultCode = keyof typeof RESULT_TITLES;
