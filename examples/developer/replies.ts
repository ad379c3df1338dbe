import twilio from "twilio";
import { z } from "zod";
import { type AddOnResults, answerOf } from "./add-ons.ts";

/** Of each add-on's answer only what is used here: what else it has, and will have, is welcome. */
const Sentiment = z.object({ language: z.enum(["en", "es"]).nullable(), label: z.enum(["positive", "neutral", "negative"]) });
const NumberInsight = z.object({ valid: z.boolean(), region: z.string().nullable() });

const quotedCharacters = 40;
const spanishSpeaking = new Set("AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE".split(" "));

const texts = {
  en: {
    positive: () => "Thank you! We are glad to hear that.",
    negative: () => "We are sorry to hear that. A person will answer you soon.",
    neutral: (quote: string) => `We have your message${quote} and will answer soon.`,
    greeting: "Thank you for calling. We are closed now. Please send us a message.",
  },
  es: {
    positive: () => "¡Muchas gracias! Nos alegra leerlo.",
    negative: () => "Lo sentimos mucho. Una persona le responderá pronto.",
    neutral: (quote: string) => `Recibimos su mensaje${quote} y le responderemos pronto.`,
    greeting: "Gracias por su llamada. Ahora está cerrado. Por favor, envíenos un mensaje.",
  },
};

/** TwiML for a message, by how it sounds. The library escapes what the message brings. */
export function replyToMessage(body: string, addOns: AddOnResults): string {
  const response = new twilio.twiml.MessagingResponse();
  // Nobody has such a number: it is forged, and a reply would reach no one.
  if (answerOf(addOns, "number_insight", NumberInsight)?.valid === false) return response.toString();
  const sentiment = answerOf(addOns, "message_sentiment", Sentiment);
  const text = texts[sentiment?.language ?? "en"][sentiment?.label ?? "neutral"];
  response.message(text(quoteOf(body)));
  return response.toString();
}

/** TwiML for a call, by where the number is from. */
export function replyToCall(addOns: AddOnResults): string {
  const response = new twilio.twiml.VoiceResponse();
  const caller = answerOf(addOns, "number_insight", NumberInsight);
  if (caller?.valid === false) {
    response.reject();
    return response.toString();
  }
  const isSpanish = spanishSpeaking.has(caller?.region ?? "");
  response.say({ language: isSpanish ? "es-MX" : "en-US" }, texts[isSpanish ? "es" : "en"].greeting);
  return response.toString();
}

/** Cut between characters as people see them, so that no emoji is halved; nothing of a message without a text, such as a picture. */
function quoteOf(body: string): string {
  if (body.trim() === "") return "";
  const characters = [...new Intl.Segmenter().segment(body)].map(({ segment }) => segment);
  return characters.length <= quotedCharacters ? ` "${body}"` : ` "${characters.slice(0, quotedCharacters).join("")}…"`;
}
