import { LOGINS_GATHERED, LOGINS_GATHERED_MS } from "../../domain/limits.ts";
import { within } from "../within.ts";

/** Which of these logins are those of an account, an API key or test credentials. */
export type LoginReader = (logins: readonly string[]) => Promise<ReadonlySet<string>>;

export function loginReader(db: D1Database): LoginReader {
  return async (logins) => {
    const { results } = await db.withSession("first-primary").prepare(EXISTING).bind(JSON.stringify(logins)).all<{ sid: string }>();
    return new Set(results.map(({ sid }) => sid));
  };
}

const EXISTING = `
  SELECT sid FROM accounts WHERE sid IN (SELECT value FROM json_each(?1))
  UNION ALL SELECT sid FROM api_keys WHERE sid IN (SELECT value FROM json_each(?1))
  UNION ALL SELECT sid FROM test_credentials WHERE sid IN (SELECT value FROM json_each(?1))`;

/** How long a request waits for the read that another one began. */
const SHARED_READ_MS = 1_000;

/**
 * Tells whether a login exists, for all that are asked for in a tenth of a second by one read: however many are made up, an isolate
 * reads ten times a second, and one that exists is found among them.
 * @param keepAlive lets a read go on when the request that began it has ended.
 * @returns false also when it could not be found out.
 */
export function knownLogins(read: LoginReader, keepAlive: (work: Promise<unknown>) => void): (login: string) => Promise<boolean> {
  type Batch = { logins: Set<string>; existing: Promise<ReadonlySet<string>> };
  let open: Batch | null = null;

  const begin = (): Batch => {
    const logins = new Set<string>();
    const gathered = new Promise((resolve) => setTimeout(resolve, LOGINS_GATHERED_MS));
    const batch: Batch = { logins, existing: gathered.then(() => read([...close(batch).logins])) };
    keepAlive(batch.existing.catch(() => undefined));
    return batch;
  };
  const close = (batch: Batch): Batch => {
    if (open === batch) open = null;
    return batch;
  };

  return async (login) => {
    const batch = (open ??= begin());
    if (batch.logins.size >= LOGINS_GATHERED) return false;
    batch.logins.add(login);
    const answer = await within(SHARED_READ_MS, batch.existing);
    close(batch);
    return answer?.value.has(login) ?? false;
  };
}
