import fc from "fast-check";
import { runWorld, scripts } from "./desk-script.ts";
const b = await fc.check(fc.asyncProperty(scripts, async s => { const r = await runWorld(s,{}); if (r.length) throw new Error(r[0]); }), {numRuns: 60000});
console.log(b.numRuns, b.failed, String(b.errorInstance), JSON.stringify(b.counterexample?.[0]));
