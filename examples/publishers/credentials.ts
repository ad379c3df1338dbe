import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Parameters } from "./answer.ts";
import type { Credentials } from "./definitions.ts";

type Shown = { headers: IncomingHttpHeaders; query: URLSearchParams; parameters: Parameters };

/** Does the request show the credentials that the add-on's definition names? */
export function credentialsMatch(credentials: Credentials, { headers, query, parameters }: Shown): boolean {
  switch (credentials.type) {
    case "basic": {
      const userAndPassword = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
      return isSame(headers.authorization, `Basic ${userAndPassword}`);
    }
    case "bearer":
      return isSame(headers.authorization, `Bearer ${credentials.token}`);
    case "query":
      return Object.entries(credentials.params).every(([name, value]) => isSame(query.get(name), value));
    case "body":
      return Object.entries(credentials.params).every(([name, value]) => isSame(parameters[name], value));
  }
}

/** In constant time, so that nobody can guess a secret letter by letter; hashed first, since the comparison wants equal lengths. */
function isSame(shown: unknown, secret: string): boolean {
  return typeof shown === "string" && timingSafeEqual(sha256(shown), sha256(secret));
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
