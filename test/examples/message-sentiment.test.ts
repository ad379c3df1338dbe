import { describe, expect, test } from "vitest";
import { answeringDefinitions } from "../../examples/publishers/definitions.ts";
import { answerMessageSentiment } from "../../examples/publishers/message_sentiment/answer.ts";
import { spanishWeights } from "../../examples/publishers/message_sentiment/spanish-words.ts";
import { keyOf, tokensOf } from "../../examples/publishers/message_sentiment/tokens.ts";

const ask = (text: string, language?: string) => answerMessageSentiment({ version: "1", text, ...(language !== undefined && { language }) });

/** What two people who read the message without its context would both say. */
describe("the label and the language of a message", () => {
  test.each([
    // English
    ["I love this, thank you so much!", "positive", "en"],
    ["Great service and very friendly staff", "positive", "en"],
    ["The food was delicious", "positive", "en"],
    ["No problem, thanks!", "positive", "en"],
    ["The room was not bad", "positive", "en"],
    ["I can't wait to see you", "positive", "en"],
    ["This is the worst company I have ever dealt with", "negative", "en"],
    ["I am very disappointed", "negative", "en"],
    ["not good", "negative", "en"],
    ["This is not very good.", "negative", "en"],
    ["I don't think it is a good idea", "negative", "en"],
    ["I don’t like it", "negative", "en"],
    ["My order arrived broken and nobody helped", "negative", "en"],
    ["It does not work", "negative", "en"],
    ["Your website is super slow", "negative", "en"],
    ["TERRIBLE!!!", "negative", "en"],
    ["Sooo baaaad", "negative", "en"],
    ["It isn't cheap but the quality is excellent", "positive", "en"],
    ["Not expensive. Great!", "positive", "en"],
    ["When do you open tomorrow?", "neutral", "en"],
    ["I would like to change my appointment, please", "neutral", "en"],
    ["Please help me with my order", "neutral", "en"],
    ["Good morning, is this the right number?", "neutral", "en"],
    ["No", "neutral", "en"],
    ["Sorry, I am running late", "neutral", "en"],
    // Spanish
    ["Me encanta, muchas gracias", "positive", "es"],
    ["Excelente servicio, muy amables", "positive", "es"],
    ["La comida estaba riquísima", "positive", "es"],
    ["Todo llegó bien y a tiempo, gracias", "positive", "es"],
    ["Sin problemas, gracias", "positive", "es"],
    ["no me gusta", "negative", "es"],
    ["No me gusta nada", "negative", "es"],
    ["No estoy nada contento con el servicio", "negative", "es"],
    ["El servicio es pésimo", "negative", "es"],
    ["MUY MAL SERVICIO", "negative", "es"],
    ["Es una estafa, quiero mi dinero", "negative", "es"],
    ["No es bueno ni bonito", "negative", "es"],
    ["El pedido llegó roto y nadie responde", "negative", "es"],
    ["Un poco caro pero la comida es buenísima", "positive", "es"],
    ["¿A qué hora abren mañana?", "neutral", "es"],
    ["Buenos días, quiero cambiar mi cita", "neutral", "es"],
    ["Me gustaría cambiar mi cita", "neutral", "es"],
    // Written as people text: without accents, decomposed, drawn out
    ["increible, buenisimo", "positive", "es"],
    ["El servicio es pe\u0301simo", "negative", "es"],
    ["muuuuy maaaal", "negative", "es"],
    // A negation that denies praise or blame, and one that heightens it
    ["I have never been so happy", "positive", "en"],
    ["Never had a better experience", "positive", "en"],
    ["I couldn't be happier with my new sofa", "positive", "en"],
    ["I can't recommend this place enough", "positive", "en"],
    ["I wasn't expecting such a great gift", "positive", "en"],
    ["I have never been so disappointed", "negative", "en"],
    ["I can't recommend this place", "negative", "en"],
    ["Never disappointed with your shop", "positive", "en"],
    ["Nunca he estado tan contento", "positive", "es"],
    ["no puedo estar más contenta", "positive", "es"],
    ["No había probado nada tan rico", "positive", "es"],
    ["Nadie cocina mejor que ustedes", "positive", "es"],
    ["Nunca he estado tan decepcionado", "negative", "es"],
    // What only a negation makes a complaint
    ["It doesn't work anymore", "negative", "en"],
    ["It never works", "negative", "en"],
    ["It works", "neutral", "en"],
    ["Nobody answers the phone", "negative", "en"],
    ["I will never buy from you again", "negative", "en"],
    ["Thanks for nothing", "negative", "en"],
    ["Tuesday doesn't work for me", "neutral", "en"],
    ["No volveré a comprar aquí", "negative", "es"],
    ["Nunca más", "negative", "es"],
    ["Gracias por nada", "negative", "es"],
    ["No me funciona la aplicación", "negative", "es"],
    ["No llegó mi pedido", "negative", "es"],
    ["Hoy no llego", "neutral", "es"],
    ["El martes no me viene bien", "neutral", "es"],
    // Negations that reach no further than their clause, or deny nothing
    ["My order hasn't arrived and I am furious", "negative", "en"],
    ["Mi paquete no ha llegado y estoy muy enfadada", "negative", "es"],
    ["You did not call and I am furious", "negative", "en"],
    ["No me llamaron y estoy furioso", "negative", "es"],
    ["The staff was not friendly or helpful", "negative", "en"],
    ["Can't believe how good this is", "positive", "en"],
    ["Nothing but praise for your team", "positive", "en"],
    ["No solo es bonito, también es cómodo", "positive", "es"],
    ["No es más que una estafa", "negative", "es"],
    // What follows "but"
    ["The product is fine but shipping was awful", "negative", "en"],
    ["Nice shoes but they fell apart in a week", "negative", "en"],
    ["Shipping was slow but the product is perfect", "positive", "en"],
    ["Bonito pero de mala calidad", "negative", "es"],
    ["La calidad es mala", "negative", "es"],
    // Troubles that somebody took away, and those that nobody did
    ["Thank you for solving my problem so quickly", "positive", "en"],
    ["You did not solve my problem", "negative", "en"],
    ["I have a problem with my order", "negative", "en"],
    ["Gracias por resolver mi problema tan rápido", "positive", "es"],
    ["Me cobraron dos veces", "negative", "es"],
    // Questions, greetings and formulas
    ["Is the red one better?", "neutral", "en"],
    ["Is there a problem with my booking?", "neutral", "en"],
    ["I love your shop, when do you open?", "positive", "en"],
    ["Why is your app so bad?", "negative", "en"],
    ["Is this a joke?", "neutral", "en"],
    ["This is a joke", "negative", "en"],
    ["Can you tell me the best time to call? Thanks", "neutral", "en"],
    ["Dear team, I need an invoice. Best regards, Peter", "neutral", "en"],
    ["I would be happy if you called me", "neutral", "en"],
    ["¿Puede decirme si abren y si tienen talla M?", "neutral", "es"],
    ["¿Está bien si llego tarde?", "neutral", "es"],
    ["¿Por qué es tan malo su servicio?", "negative", "es"],
    ["Buenas, ¿tienen pan?", "neutral", "es"],
    ["Muy buenas, ¿a qué hora cierran?", "neutral", "es"],
    ["Hola, buenas tienen pan", "neutral", "es"],
    ["Las pizzas son muy buenas", "positive", "es"],
    ["Sí, el martes a las cinco", "neutral", "es"],
    // Pictures
    ["👍", "positive", null],
    ["👍🏽", "positive", null],
    ["❤️❤️", "positive", null],
    ["😡😡😡", "negative", null],
    ["The parcel is here :)", "positive", "en"],
    ["The parcel is not here :(", "negative", "en"],
    ["El pedido 💔", "negative", "es"],
    ["https://example.com/:/x", "neutral", null],
    // Neither language
    ["Ich komme um acht", "neutral", null],
    ["明日は何時に開きますか", "neutral", null],
    ["12345", "neutral", null],
  ])("of %j are %s, %s", (text, label, language) => expect(ask(text)).toMatchObject({ label, language }));

  test("is what the configuration says, whatever the message looks like", () => {
    expect(ask("fatal", "es")).toMatchObject({ language: "es", label: "negative" });
    expect(ask("Great service", "es")).toMatchObject({ language: "es", label: "neutral", words: [] });
    expect(ask("Great service", "auto")).toMatchObject({ language: "en", label: "positive" });
  });
});

describe("the score", () => {
  test("is the sum of the named words' weights, and comparative is its mean over all words and pictures", () => {
    // AFINN: love 3, disappointed -2.
    expect(ask("I love Mondays and was disappointed")).toEqual({
      language: "en",
      score: 1,
      comparative: 0.17,
      label: "neutral",
      words: [{ word: "love", score: 3 }, { word: "disappointed", score: -2 }],
    });
  });

  test.each([
    ["very good", "good", 4.5],
    ["good", "good", 3],
    ["slightly disappointed", "disappointed", -1],
    ["really really good", "good", 6],
    ["not good for me", "not good", -2],
    ["not a good day", "good", -2.25],
    ["not a very good day", "good", -3.38],
    ["me gusta mucho", "gusta", 3],
    ["me gusta", "gusta", 2],
    ["muy malo", "malo", -4.5],
    ["Súper lento", "lento", -1.5],
  ])("of %j is that of %j, %d", (text, word, score) => expect(ask(text)).toMatchObject({ score, words: [{ word, score }] }));

  test("is not turned by a negation beyond a comma, a contrast, or a word that it has turned already", () => {
    expect(ask("No, I love it")).toMatchObject({ words: [{ word: "love", score: 3 }] });
    expect(ask("not cheap but perfect")).toMatchObject({ words: [{ word: "perfect", score: 3 }] });
    expect(ask("no problem thanks")).toMatchObject({ words: [{ score: 1.5 }, { word: "thanks", score: 2 }] });
  });

  test("is heightened by a negation that compares, halved before a contrast, and half as much again after it", () => {
    expect(ask("Never been so happy")).toMatchObject({ words: [{ word: "happy", score: 3.75 }] });
    expect(ask("good but slow")).toMatchObject({ words: [{ word: "good", score: 1.5 }, { word: "slow", score: -3 }] });
    expect(ask("but good")).toMatchObject({ words: [{ word: "good", score: 3 }] });
  });

  test("names the words as they were written, in lower case, and no others", () => {
    expect(ask("QUÉ Pésimo, José").words).toEqual([{ word: "pésimo", score: -5 }]);
  });
});

describe("a message without a mood", () => {
  test.each([["", "no words"], [" \n\t", "no words"], ["...", "no words"], ["Tuesday at nine", "mood"], ["Is it good?", "mood"]])("like %j is neutral, with the reason", (text, reason) => {
    expect(ask(text)).toMatchObject({ score: 0, comparative: 0, label: "neutral", words: [], reason: expect.stringContaining(reason) });
  });
});

describe("the limits", () => {
  test("a long message is answered in good time, with at most 100 words named and all of them counted", () => {
    const answer = ask("good ".repeat(1_600));
    expect(answer).toMatchObject({ score: 4_800, comparative: 3 });
    expect(answer["words"]).toHaveLength(100);
    expect(JSON.stringify(answer).length).toBeLessThan(65_536);
  });

  test.each([
    ["no text", { version: "1" }, "text"],
    ["a text that is none", { version: "1", text: 5 }, "text"],
    ["a text that is too long", { version: "1", text: "secret ".repeat(1_171) }, "text"],
    ["another language", { version: "1", text: "secret", language: "fr" }, "language"],
    ["another version", { version: "2", text: "secret" }, "version"],
  ])("%s gives an error that names the parameter and no value", (_, parameters, name) => {
    expect(answerMessageSentiment(parameters)).toEqual({ error: { code: "bad_parameters", message: `Missing or malformed: ${name}.` } });
  });
});

test("the Spanish list has each word once, within AFINN's weights", () => {
  const entries = Object.values(spanishWeights).flatMap((list) => list.split(",").map((entry) => keyOf(entry.trim())));
  expect(entries.filter((entry, index) => entries.indexOf(entry) !== index)).toEqual([]);
  expect(entries.length).toBeGreaterThanOrEqual(250);
  expect(Object.keys(spanishWeights).every((weight) => Math.abs(Number(weight)) <= 5)).toBe(true);
});

test("a word in two spellings, by case, accents or Unicode form, has one key, and ñ is no n", () => {
  expect(new Set(["Fácil", "FACIL", "fa\u0301cil"].map(keyOf)).size).toBe(1);
  expect(keyOf("año")).not.toBe(keyOf("ano"));
  for (const [word, other] of [["sí", "si"], ["más", "mas"], ["té", "te"], ["tú", "tu"], ["él", "el"], ["llegó", "llego"]] as const) expect(keyOf(word)).not.toBe(keyOf(other));
  expect(keyOf("SI\u0301")).toBe(keyOf("sí"));
  expect(tokensOf("don’t")).toMatchObject([{ kind: "word", key: "don't" }]);
});

test("the definition's sample is the answer to a message", () => {
  const all = answeringDefinitions("https://publisher.test", { anagramsPassword: "a", numberInsightToken: "b", spamScoreKey: "c", messageSentimentKey: "d", soundAnalysisPassword: "s" });
  const definition = all.find(({ unique_name }) => unique_name === "message_sentiment");
  expect(definition?.["sample_response"]).toEqual(ask("I am very disappointed"));
});
