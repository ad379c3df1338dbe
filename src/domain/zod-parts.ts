/** Each as zod names it: whoever needs another one adds it here. */
export { array, boolean, discriminatedUnion, email, enum, int, literal, looseObject, null, number, object, record, strictObject, string, toJSONSchema, union, unknown, url, ZodError, ZodObject, ZodType } from "zod/v4";
export type { infer } from "zod/v4";
