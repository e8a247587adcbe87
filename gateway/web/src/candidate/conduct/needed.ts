/** Which sessions need the rest of this folder, which is fetched apart. */
import { lazy } from "react";
import type { CandidateSession } from "../../api/types";
import { orReload } from "../../deployment";

const conduct = () => orReload(import("./index"));
export const Guard = lazy(async () => ({ default: (await conduct()).Guard }));
export const ScreenCheck = lazy(async () => ({ default: (await conduct()).ScreenCheck }));

/** What the page looks out for itself; the rest of what is observed the server sees anyway. */
const BY_PAGE: ReadonlySet<CandidateSession["security"]["observed"][number]> = new Set(["focus_lost", "full_screen_left", "clipboard_used", "screen_share_stopped"]);

export const isWatched = (session: CandidateSession | null): boolean => session?.security.observed.some((kind) => BY_PAGE.has(kind)) ?? false;
