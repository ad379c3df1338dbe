import type { WeightTable } from "./vocabulary.ts";

/**
 * A small Spanish sentiment lexicon for short messages to shops and services, written for this project.
 *
 * SPDX-License-Identifier: MIT. Copyright and terms: the file LICENSE in the project's folder.
 *
 * Weights are AFINN's, from -5 to 5. `bueno/a` stands for bueno, buena, buenos and buenas. Words whose meaning turns with the subject
 * (tarde, solo, claro, rápido in "comida rápida") are left out, or weigh little. A phrase of weight 0 keeps its words from counting.
 */
export const spanishWeights: WeightTable = {
  5: "extraordinario/a, insuperable, insuperables",
  4: `excelente, excelentes, fantástico/a, maravilloso/a, increíble, increíbles, espectacular, espectaculares, magnífico/a, buenísimo/a, riquísimo/a, genial,
    geniales, estupendo/a, impecable, impecables, encanta, encantan, encantó, encantaron, encantado con, encantada con, adoro, fabuloso/a, felicísimo/a, bravo,
    perfectísimo/a, lo máximo, de maravilla`,
  3: `perfecto/a, bueno/a, buen, feliz, felices, contento/a, encantador, encantadora, encantadores, amo, te amo, amor, te quiero, felicidades, felicitaciones,
    enhorabuena, mejores, delicioso/a, sabroso/a, rico/a, precioso/a, hermoso/a, bellísimo/a, divertido/a, alegre, alegres, alegría, recomendadísimo/a,
    satisfecho/a, satisfactorio/a, brillante, brillantes, amabilísimo/a, fascina, fascinante, fascinó, emocionado/a, ilusionado/a, orgulloso/a, graciosísimo/a,
    chévere, chulo/a, padrísimo/a, bacano/a, guay, mola, un placer, cinco estrellas, de lujo, una joya, un encanto, me salvaron, me salvó, rapidísimo/a,
    gran servicio, gran trabajo, gran equipo`,
  2: `gracias, bien, mejor, gusta, gustan, gustó, gustaron, gustado, amable, amables, amabilidad, agradable, agradables, agradezco, agradecido/a, bonito/a,
    lindo/a, bello/a, simpático/a, atento/a, educado/a, profesional, profesionales, eficiente, eficientes, eficaz, confío, recomiendo, recomendaría, recomendable, recomendables,
    recomendado/a, cómodo/a, confiable, confiables, útil, útiles, ayudaron mucho, disfruté, disfrutamos, disfrutar, disfruto, éxito, exitoso/a, gana, ganamos,
    gané, ganar, ganador, ganadora, tranquilo/a, interesante, interesantes, acertado/a, cariño, cariñoso/a, generoso/a, fiable, fiables, puntual, puntuales,
    puntualidad, resuelto, resolvieron, solucionado, solucionaron, solucionó, acierto, vale la pena, sonrisa, sonrisas, suerte, esperanza, ilusión, aprecio,
    valoro, correcto/a, impresionante, impresionantes, encantado/a, rapidez, valió la pena, merece la pena, mereció la pena, repetiremos, repetiré, buen trato,
    limpio/a, fresco/a, de acuerdo, buena suerte, a tiempo, da gusto, volveré sin duda`,
  1: `fácil, fáciles, rápido/a, rápidamente, gratis, barato/a, económico/a, nuevo/a, ayudó, ayudaron, aceptable, aceptables, funciona, funcionan, está bien,
    viene bien, me va bien, volveré, volveremos, jaja, jajaja, ok`,
  [-1]: `tardó, tardaron, tardan, tercera vez, cancelan, cancelaron, difícil, difíciles, lento/a, lentitud, retraso, retrasos, demora, demoras, cancelar,
    cancelado/a, duda, dudas, cansado/a, aburre, raro/a, complicado/a, molestia, molestias, caro/a, carísimo/a, frío/a, olvidaron, olvidado/a, ruido, viejo/a`,
  [-2]: `mal, triste, tristes, tristeza, problema, problemas, error, errores, falla, fallas, fallo, fallos, roto/a, sucio/a, feo/a, perdido/a, perdí,
    perdieron, aburrido/a, defectuoso/a, dañado/a, equivocado/a, incorrecto/a, incómodo/a, molesto/a, preocupado/a, desagradable, desagradables, maleducado/a,
    grosero/a, antipático/a, inútil, inútiles, decepción, decepciona, decepcionó, arrepiento, lástima, pena, llorar, llorando, lloro, miedo, enfermo/a, dolor,
    duele, duelen, incompleto/a, imposible, insuficiente, injusto/a, irresponsable, irresponsables, falso/a, mentira, mentiras, mienten, caducado/a, podrido/a,
    deficiente, deficientes, abandonado/a, ignoran, ignoraron, sin respuesta, multa, tonto/a, porquería, queja, quejas, reclamo, reclamación, reclamaciones,
    una broma, tardan tanto, cansado de, cansada de, sigo sin, seguimos sin, exijo, colgaron, solo me llegó, solo llegó, sigo esperando, seguimos esperando,
    semanas esperando, días esperando, horas esperando, quiero mi dinero, devuelvan mi dinero, cobraron de más, cobrado de más, cobraron doble,
    no es lo que pedí, no era lo que pedí, rompió, rompieron, poco amable, poco amables, poco profesional, poco profesionales, poco útil, poco serio,
    poca seriedad, dejen de, deje de, quemado/a, crudo/a, rayado/a, manchado/a, estropeado/a, averiado/a, se cierra sola, se cierra solo, se bloquea,
    se cuelga`,
  [-3]: `malo/a, peor, peores, fatal, fatales, odio, odia, odian, odié, enojado/a, enfadado/a, furioso/a, harto/a, indignado/a, indignante, decepcionado/a,
    decepcionante, decepcionantes, engaño, engañado/a, engañaron, robo, robaron, robado/a, ladrón, ladrones, mentiroso/a, asco, asqueroso/a, ridículo/a,
    estúpido/a, idiota, idiotas, imbécil, imbéciles, incompetente, incompetentes, inaceptable, inaceptables, vergonzoso/a, vergüenza, desastroso/a,
    insoportable, insoportables, joder, nunca más, gracias por nada, una estrella, pérdida de tiempo, no pierdan su tiempo, no pierda su tiempo,
    no pierdan el tiempo, abuso, cobraron dos veces, cobrado dos veces, tomadura de pelo, vomitivo/a, muerte, muerto/a, amenaza, denuncia, denunciar, basura`,
  [-4]: `pésimo/a, horrible, horribles, terrible, terribles, malísimo/a, espantoso/a, desastre, desastres, estafa, estafas, estafador, estafadora, estafadores,
    estafado/a, estafaron, fraude, fraudes, repugnante, repugnantes, mierda, cabrón, cabrones, gilipollas, pendejo/a, nefasto/a, deplorable, lamentable,
    lamentables, odioso/a, un infierno, de mal en peor`,
  [-5]: "hijo de puta, hijos de puta, puta mierda",
  0: `buenos días, buen día, buenas tardes, buenas noches, si no es molestia, de nuevo, año nuevo, más o menos, un cordial saludo, no solo, sin duda,
    no puedo creer, no lo puedo creer, nada más que decir`,
};
