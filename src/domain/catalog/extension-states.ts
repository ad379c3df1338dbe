import { ADD_ON_TYPES, type IntegrationPoint } from "./add-on-type.ts";

/** Which integration points an install has, and whether it runs there. */
export type ExtensionStates = Partial<Record<IntegrationPoint, boolean>>;

const EVERY_POINT: readonly IntegrationPoint[] = [...new Set(Object.values(ADD_ON_TYPES).flatMap((type) => type.integrationPoints))];

/** The integration points of an install, in the guide's order. */
export const extensionsOf = (states: ExtensionStates): IntegrationPoint[] => EVERY_POINT.filter((point) => states[point] !== undefined);

/** Extensions that run by themselves on whatever comes in, so that the number of enabled ones is limited. */
export const INCOMING_EXTENSIONS: readonly IntegrationPoint[] = ["sms-incoming", "voice-incoming"];

/** A new install runs where it has to be asked for by name, at Lookup; where an add-on has no such place, it runs everywhere at once. */
export function initialStates(extensions: readonly IntegrationPoint[]): ExtensionStates {
  const everywhere = !extensions.includes("lookup");
  return Object.fromEntries(extensions.map((extension) => [extension, everywhere || extension === "lookup"]));
}

/** The states of an install that moves to another version: what it had stays as it was, and nothing starts to run by itself. */
export function movedStates(before: ExtensionStates, extensions: readonly IntegrationPoint[]): ExtensionStates {
  return Object.fromEntries(extensions.map((extension) => [extension, before[extension] ?? extension === "lookup"]));
}
