import { env } from "cloudflare:workers";
import { test } from "vitest";
const t = async (name: string, p: Promise<unknown>) => { const r = await Promise.race([p.then(() => "ok", (e) => "err " + e), new Promise((x) => setTimeout(() => x("HANG"), 1000))]); console.log(name, r); };
test("x", async () => {
  const mk = () => new Response(new Uint8Array(1000)).body!;
  { const [a, b] = mk().tee(); const r = a.getReader(); await t("read", r.read()); await t("cancel", r.cancel()); 
    const [c, d] = b.tee(); const ds = new crypto.DigestStream("SHA-256"); const s = new FixedLengthStream(1000);
    await Promise.all([t("digest", c.pipeTo(ds)), t("pipe", d.pipeTo(s.writable)), t("put", env.RECORDINGS.put("k", s.readable))]); }
  { const [c, d] = mk().tee(); const ds = new crypto.DigestStream("SHA-256"); const s = new FixedLengthStream(1000);
    await Promise.all([t("2digest", c.pipeTo(ds)), t("2pipe", d.pipeTo(s.writable)), t("2put", env.RECORDINGS.put("k", s.readable))]); }
  { const s = new FixedLengthStream(1000);
    await Promise.all([t("3pipe", mk().pipeTo(s.writable)), t("3put", env.RECORDINGS.put("k", s.readable))]); }
  { const [c, d] = mk().tee(); const ds = new crypto.DigestStream("SHA-256"); 
    await Promise.all([t("4digest", c.pipeTo(ds)), t("4put", env.RECORDINGS.put("k", d))]); }
  { const [a, b] = mk().tee(); const r = a.getReader(); await t("5read", r.read()); await t("cancel", r.cancel());
   const [c, d] = b.tee(); const ds = new crypto.DigestStream("SHA-256"); 
    await Promise.all([t("5digest", c.pipeTo(ds)), t("5put", env.RECORDINGS.put("k", d))]); }
  { const [a, b] = mk().tee(); const r = a.getReader(); await t("6read", r.read()); await t("cancel", r.cancel());
    const s = new FixedLengthStream(1000);
    await Promise.all([ t("6pipe", b.pipeTo(s.writable)), t("6put", env.RECORDINGS.put("k", s.readable))]); }
}, 30000);
