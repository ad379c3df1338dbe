import type { Context } from "hono";
import type { Env } from "../env.ts";
import type { Gateway } from "../wiring.ts";
import type { Caller } from "./caller.ts";

/** What the middleware puts at every handler's hand. */
export type Variables = {
  gateway: Gateway;
  /** RQ…: this request, in its answer and its log line. */
  requestSid: string;
  /** Who calls; on routes that anyone may call it is not set. */
  caller: Caller;
  /** The account that the path is about: the caller's own, or the one that the operator named. */
  accountSid: string;
};

export type AppEnv = { Bindings: Env; Variables: Variables };
export type AppContext = Context<AppEnv>;
