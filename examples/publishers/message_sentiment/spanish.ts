import { spanishWeights } from "./spanish-words.ts";
import { entriesOf, vocabularyOf } from "./vocabulary.ts";

/** `bueno/a` has four forms, and everything else one. */
function forms(entry: string): string[] {
  if (!entry.endsWith("o/a")) return [entry];
  const stem = entry.slice(0, -"o/a".length);
  return ["o", "a", "os", "as"].map((ending) => stem + ending);
}

export const spanish = vocabularyOf({
  weights: entriesOf(spanishWeights).flatMap(([entry, weight]) => forms(entry).map((form): [string, number] => [form, weight])),
  denied: {
    [-2]: `está bien, vale, justo, justa, normal, avisó, avisaron, apareció, aparecieron, vino, vinieron, enviado, enviaron, responda, respondan, conteste,
      contesten, da la cara, dan la cara, hace caso, hacen caso, sirve, sirven, sirvió, llegó, llegado, llegaron, recibí, recibido, recibimos, responde,
      responden, respondió, respondieron, respondido, contesta, contestan, contestó, contestaron, contestado, atiende, atienden, atendió, atendieron, volveré,
      volvería, volveremos, vuelvo, solucionan, solucionaron, solucionado, solucionó, resuelven, resolvieron, resuelto, entregado, entregaron, devuelven,
      devolvieron, devuelto, cumplen, cumplieron, carga, abre la`,
    [-3]: "funciona, funcionan, funcionó, funcionaba, funcionar",
  },
  roles: {
    negation: "no, ni, nunca, jamás, nadie, nada, ninguno, ninguna, ningún, tampoco, sin, apenas",
    // "Sin embargo".
    contrast: "pero, sino, embargo",
    end: "aunque, excepto, salvo, porque, por qué, más que, mas que",
    joint: "y, e, o",
    alternative: "o",
    clauseStart: `yo, él, ella, ellos, me, te, se, nos, lo, le, la, el, los, las, mi, mis, su, sus, ya, ahora, encima, además, estoy, está, esta, están,
      estaba, estaban, estamos, es, son, era, eran, fue, fueron, soy, somos, tengo, tienen, hay, ha, he, han`,
    heightener: `nunca, jamás, no puedo, no puede, no pueden, no puedes, no podemos, no podrían, no pudieron, no podían, no pude, no pudo, no podía, no podría,
      no podríamos, no había, no habíamos, no hay, nadie, nada, no esperaba`,
    comparison: "tan, más, mas, mejor, peor, mejores, peores, semejante",
    enough: "suficiente",
    remedy: `solucionar, solucionaron, solucionó, solucionado, solucionaste, resolver, resolvieron, resolvió, resuelto, arreglar, arreglaron, arregló,
      arreglado`,
    trouble: "problema, problemas, error, errores, fallo, fallos, falla, fallas",
    thanks: "gracias, muchas gracias, agradezco",
    request: "favor, quiero, quisiera, necesito, agradecería",
    why: "por qué",
    condition: "si",
    greeting: "hola, buenas, muy buenas",
  },
  intensifiers: {
    muy: 1.5, tan: 1.25, súper: 1.5, realmente: 1.5, verdaderamente: 1.5, totalmente: 1.5, completamente: 1.5, absolutamente: 2, sumamente: 2, extremadamente: 2,
    increíblemente: 2, bastante: 1.25, demasiado: 1.5, más: 1.25, mas: 1.25, qué: 1.25, poco: 0.5, algo: 0.5, ligeramente: 0.5,
  },
  intensifiersAfter: { mucho: 1.5, muchísimo: 2, bastante: 1.25, poco: 0.5 },
  frequent: `el la los las un una unos unas de del al y o e que en es son está están estoy estaba por para con se su sus mi mis me te le lo les nos muy pero
    como ya yo tú tu usted ustedes él ella ellos nosotros ha he han hemos hay fue fueron era ser este esta esto ese esa eso aquí cuando cuándo dónde donde
    porque si sí también todo todos toda hola buenas servicio pedido envío cuenta hoy ayer mañana día días hora horas favor quiero quisiera necesito gustaría
    puede pueden tengo tiene tienen llegó llego llegar llega comida producto atención cliente teléfono gran vez ahora desde hasta entre sobre después antes dos
    tres cita señor señora`,
  letters: /[ñáéíóú]/,
});
