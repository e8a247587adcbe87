/** Which sessions need the rest of this folder, which is fetched apart. */
import { lazy } from "react";
import type { CandidateSession } from "../../api/types";
import { orReload } from "../../deployment";

const conduct = () => orReload(import("./index"));
export const Guard = lazy(async () => ({ default: (await conduct()).Guard }));
export const ScreenCheck = lazy(async () => ({ default: (await conduct()).ScreenCheck }));

export const isWatched = (session: CandidateSession | null): boolean =>
  session !== null && (session.security.observed.length > 0 || session.security.lockdown === "in_page");
