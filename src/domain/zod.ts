/**
 * zod, with what the gateway uses of it. From zod's own entry everything would be bundled, with its messages in fifty languages, since a
 * library that is handed the whole of `z` could use any of it; so `wrangler.toml` gives the libraries this module for zod too.
 */
export * as z from "./zod-parts.ts";
