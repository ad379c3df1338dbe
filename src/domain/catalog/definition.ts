import { z } from "../zod.ts";
import { FIELD_VALUE_CHARACTERS } from "../limits.ts";
import { CHOSEN_NAME, INTEGRATION_POINTS, type IntegrationPoint } from "./add-on-type.ts";

/**
 * An add-on's definition as a publisher posts it: the one source of its type, of the validation of its shape, and of its JSON
 * Schema. What spans several parts (which template fields exist, which schemas compile) is in `definition-check.ts`.
 */

const integrationPoints = Object.keys(INTEGRATION_POINTS) as [IntegrationPoint, ...IntegrationPoint[]];

const chosenName = z.string().regex(CHOSEN_NAME, "must start with a letter and have at most 64 letters, digits, _ and -");
const text = (max: number) => z.string().min(1).max(max);
const parameters = z.record(text(128), z.string().max(FIELD_VALUE_CHARACTERS));
const jsonSchema = z.record(z.string(), z.unknown());
const decimal = z.string().max(32);

export const credentialsSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  z.strictObject({ type: z.literal("basic"), username: z.string().max(1_024), password: z.string().max(1_024) }),
  z.strictObject({ type: z.literal("bearer"), token: text(4_096).regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces") }),
  z.strictObject({ type: z.literal("query"), params: parameters }),
  z.strictObject({ type: z.literal("body"), params: parameters }),
]);
export type Credentials = z.infer<typeof credentialsSchema>;

export const requestDefinitionSchema = z.strictObject({
  method: z.enum(["GET", "POST", "PUT"]),
  url: text(2_048),
  query: parameters.default({}),
  body_format: z.enum(["none", "form", "json", "multipart", "binary"]).default("none"),
  body: z.union([z.record(text(128), z.unknown()), z.literal("{{audio_data}}")]).default({}),
  credentials: credentialsSchema.optional(),
  channels: z.enum(["split", "mixed"]).optional(),
});

const successSchema = z.strictObject({
  http_status: z.array(z.int().min(200).max(299)).min(1).max(20).optional(),
  present: z.array(z.string().max(512)).max(20).optional(),
  absent: z.array(z.string().max(512)).max(20).optional(),
});

export const pricingSchema = z.discriminatedUnion("model", [
  z.strictObject({ model: z.literal("per_use"), unit_price: decimal, currency: z.literal("USD") }),
  z.strictObject({ model: z.literal("per_minute"), unit_price: decimal, currency: z.literal("USD") }),
  z.strictObject({ model: z.literal("per_success"), unit_price: decimal, currency: z.literal("USD"), success: successSchema }),
]);
export type Pricing = z.infer<typeof pricingSchema>;

export const definitionSchema = z.strictObject({
  unique_name: chosenName,
  friendly_name: text(128),
  description: text(4_096),
  type: z.enum(["phone_number", "message_analysis", "recording_analysis"]),
  extensions: z.array(z.enum(integrationPoints)).min(1).max(integrationPoints.length),
  request: requestDefinitionSchema,
  runtime_fields: z.record(chosenName, z.strictObject({ required: z.boolean().default(false), description: z.string().max(1_024).optional() })).default({}),
  configuration_schema: jsonSchema.default({ type: "object", properties: {} }),
  request_schema: jsonSchema.optional(),
  response_schema: jsonSchema.optional(),
  pricing: pricingSchema,
  documentation_url: text(2_048).optional(),
  terms_url: text(2_048).optional(),
  privacy_url: text(2_048).optional(),
  support_email: z.email().max(320).optional(),
  category: text(64).optional(),
  sample_response: z.record(z.string(), z.unknown()).optional(),
  change_notes: text(4_096).optional(),
  callback_timeout: z.strictObject({ times_duration: z.number().min(1).max(10) }).optional(),
});

/** A definition as it is stored with a version: without credentials, which belong to the add-on. */
export type Definition = z.infer<typeof definitionSchema>;
export type RequestDefinition = z.infer<typeof requestDefinitionSchema>;
