/** These pages with their words, fetched when a session asks for them. */
import { lazy } from "react";
import { orReload } from "../../deployment";

async function fetched() {
  const [pages, { fetchWords }] = await Promise.all([import("./pages"), import("./texts")]);
  await fetchWords();
  return pages;
}

export const IdentityPage = lazy(async () => ({ default: (await orReload(fetched())).IdentityPage }));
export const CameraRow = lazy(async () => ({ default: (await orReload(fetched())).CameraRow }));
