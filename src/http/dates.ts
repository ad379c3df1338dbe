/** `/v1`: ISO 8601 in UTC without milliseconds, `2016-04-07T23:52:28Z`. */
export const isoDate = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

/** `/2010-04-01`: RFC 2822 in UTC, `Thu, 30 Jul 2015 20:00:00 +0000`. */
export const rfc2822Date = (atMs: number): string => new Date(atMs).toUTCString().replace("GMT", "+0000");
