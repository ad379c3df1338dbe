import { test } from "vitest";
import { freshXr, openDesk } from "./desk-under-test.ts";
test("abort", async () => {
  const desk = openDesk();
  await desk.exec("CREATE TRIGGER full BEFORE INSERT ON segments BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  await desk.settleOne(freshXr(), {price_micros: 0}).catch((e) => console.log(String(e)));
});
