import fc from "fast-check";
import { DeskClients } from "./desk-clients.ts";
import { DeskWorld } from "./desk-world.ts";
import { runWorld, scripts } from "./desk-script.ts";
const c: Record<string, number> = {}; const inc=(k:string)=>{c[k]=(c[k]??0)+1};
const P = DeskWorld.prototype as any; const oa=P.answer; P.answer=function(m:any){ inc("reply:"+m.reply.kind); return oa.call(this,m)};
const oc=P.crash; P.crash=function(...a:any[]){inc("crash"); return oc.apply(this,a)};
const C=DeskClients.prototype as any; const ok=C.kill; C.kill=function(p:any){inc("kill"); return ok.call(this,p)};
const os=C.start; const all=new Set<any>(); C.start=function(p:any){ inc("start"); all.add(this); return os.call(this,p)};
const broken = await fc.check(fc.asyncProperty(scripts, async s => { const r = await runWorld(s,{}); if (r.length) throw new Error(r[0]); }), {numRuns: 3000});
for (const x of all) { for (const r of x.received) inc("received:"+r.kind+(r.isReplay?":replay":"")); if (x.undelivered.size) inc("undelivered"); }
console.log(broken.failed, c);
