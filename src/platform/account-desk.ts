import type { GrantReply, GrantRequest } from "../domain/billing/credit.ts";
import type { DeskClosing } from "../domain/billing/desk-closing.ts";
import type { DeskBalance, DeskInspection } from "../domain/billing/desk-inspection.ts";
import type { Month } from "../domain/billing/month.ts";
import type { ReversalReply, ReversalRequest } from "../domain/billing/reversal.ts";
import type { Env } from "../env.ts";
import type { Desk, HoldingDesk } from "../invocation/desk.ts";

/** All that can be asked of an account's desk. */
export type AccountDeskClient = Desk &
  HoldingDesk & {
  grant(request: GrantRequest): Promise<GrantReply>;
  reverse(request: ReversalRequest): Promise<ReversalReply>;
  forgetAnswer(key: string): Promise<void>;
  balance(): Promise<DeskBalance>;
  /** Carries to D1 what was committed before; `isCurrent` is false when D1 did not take it. */
  flush(): Promise<{ isCurrent: boolean }>;
  /** Ends a month that is over; null while D1 does not take what is of it. */
  close(month: Month): Promise<DeskClosing | null>;
  inspect(): Promise<DeskInspection>;
};

/**
 * An account's desk. The one place that names a desk: regional desks, with numbered allotments from the home desk, would be told
 * apart here.
 *
 * Each call takes a new stub, since one that has thrown may go on throwing.
 */
export function deskOf(namespace: Env["ACCOUNT_DESK"], accountSid: string, region?: string): AccountDeskClient {
  const stub = () => namespace.getByName(region === undefined ? accountSid : `${accountSid}/${region}`);
  return {
    begin: async (request) => stub().begin(request),
    settle: async (request) => stub().settle(request),
    finish: async (request) => stub().finish(request),
    voidAll: async (request) => stub().voidAll(request),
    hold: async (request) => stub().hold(request),
    settleHold: async (request) => stub().settleHold(request),
    grant: async (request) => stub().grant(request),
    reverse: async (request) => stub().reverse(request),
    forgetAnswer: async (key) => stub().forgetAnswer(key),
    balance: async () => stub().balance(),
    flush: async () => stub().flush(),
    close: async (month) => stub().close(month),
    inspect: async () => stub().inspect(),
  };
}
