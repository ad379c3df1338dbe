import type { TestGateway } from "./gateway.ts";

/** Follows every `more_info` that the gateway has answered. @returns those that lead to no page naming the code. */
export async function deadErrorPages({ moreInfos, url }: TestGateway): Promise<string[]> {
  const followed = await Promise.all(
    [...moreInfos].map(async (moreInfo) => {
      const { pathname } = new URL(moreInfo, url);
      const page = await fetch(url + pathname);
      const named = (await page.text()).includes(`<h1>${pathname.replace("/docs/errors/", "")}: `);
      const isPage = page.status === 200 && page.headers.get("Content-Type")?.startsWith("text/html") === true;
      return isPage && named ? [] : [moreInfo];
    }),
  );
  return followed.flat();
}
