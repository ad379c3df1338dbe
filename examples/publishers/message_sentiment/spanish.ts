import { spanishWeights } from "./spanish-words.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** `bueno/a` has four forms, and everything else one. */
function forms(entry: string): string[] {
  if (!entry.endsWith("o/a")) return [entry];
  const stem = entry.slice(0, -"o/a".length);
  return ["o", "a", "os", "as"].map((ending) => stem + ending);
}

const weights = Object.entries(spanishWeights).flatMap(([weight, list]) =>
  list.split(",").flatMap((entry) => forms(entry.trim()).map((form): [string, number] => [form, Number(weight)])),
);

export const spanish = vocabularyOf({
  weights,
  negations: "no ni nunca jamás nadie nada ninguno ninguna ningún tampoco sin apenas",
  contrasts: "pero sino aunque excepto salvo",
  intensifiers: {
    muy: 1.5, tan: 1.25, súper: 1.5, realmente: 1.5, verdaderamente: 1.5, totalmente: 1.5, completamente: 1.5, absolutamente: 2, sumamente: 2, extremadamente: 2,
    increíblemente: 2, bastante: 1.25, demasiado: 1.25, más: 1.25, qué: 1.25, poco: 0.5, algo: 0.5, ligeramente: 0.5,
  },
  intensifiersAfter: { mucho: 1.5, muchísimo: 2, bastante: 1.25, poco: 0.5 },
  frequent: `el la los las un una unos unas de del al y o e que en es son está están estoy estaba por para con se su sus mi mis me te le lo les nos muy pero como ya yo tú usted ustedes él
    ella ellos nosotros ha he han hemos hay fue fueron era ser este esta esto ese esa eso aquí cuando cuándo dónde donde porque si también todo todos toda hola buenas servicio pedido envío
    cuenta hoy ayer mañana día días hora horas favor quiero quisiera necesito gustaría puede pueden tengo tiene tienen llegó llegar llega comida producto atención cliente teléfono gran vez
    ahora desde hasta entre sobre después antes dos tres cita señor señora`,
  letters: /[ñáéíóú]/,
});
