/** The parameters of a request, as the add-on's definition lays them out: form and query values are strings, a JSON body is nested. */
export type Parameters = Record<string, unknown>;

/** The JSON object that goes back to the developer. */
export type Answer = Record<string, unknown>;

export type AnswerFunction = (parameters: Parameters) => Answer | Promise<Answer>;

/**
 * A request that is authentic but cannot be answered. It still goes out with status 200 (guide, "Responses"): a 4xx would
 * count as the publisher's own fault, against its SLA.
 */
export function errorAnswer(code: string, message: string): Answer {
  return { error: { code, message } };
}
