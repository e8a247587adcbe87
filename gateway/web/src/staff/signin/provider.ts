/** Leaving for the organisation's provider and coming back. What this tab keeps meanwhile, no other browser knows. */
import { useQuery } from "@tanstack/react-query";
import { answerOf, createOpenApi } from "../../api/client";
import type { components } from "../../api/generated/rest";
import { Problem } from "../../api/problem";
import { finishSignIn, type Person } from "../app/access";

export type Ways = components["schemas"]["WaysView"];

interface Kept {
  browserCode: string;
  orgId: string;
  /** The page that was asked for; null: this tab was opened beside the one that waits. */
  returnTo: string | null;
}

const KEPT = "examhall.staff.leaving";
const HOME = "/staff/sessions";
const open = createOpenApi();

export const useWays = (of: { email: string } | { org_id: string } | null) =>
  useQuery({
    queryKey: ["ways", of],
    queryFn: ({ signal }) => answerOf(open.POST("/api/v1/auth/ways", { body: of ?? {}, signal })),
    enabled: of !== null,
    staleTime: 60_000,
  });

export async function leave(orgId: string, returnTo: string | null): Promise<void> {
  const { url, browser_code } = await answerOf(open.POST("/api/v1/auth/provider/begin", { body: { org_id: orgId } }));
  const kept: Kept = { browserCode: browser_code, orgId, returnTo };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  location.assign(url);
}

/** Where to go back to when it does not work: the organisation's own sign-in page. */
export function leftFrom(): string | null {
  return read()?.orgId ?? null;
}

export async function comeBack(address: URLSearchParams): Promise<{ person: Person; returnTo: string | null }> {
  const kept = read();
  sessionStorage.removeItem(KEPT);
  const [code, state] = [address.get("code"), address.get("state")];
  if (kept === null || code === null || state === null) throw new Problem("provider-failed", "", 401);
  const person = await finishSignIn({ code, state, iss: address.get("iss"), browser_code: kept.browserCode });
  return { person, returnTo: kept.returnTo };
}

/** Of this address; the sign-in pages themselves are nobody's aim. */
export function asked(): string {
  const here = location.pathname + location.search;
  return location.pathname.startsWith("/staff/") && location.pathname !== "/staff/invitation" ? here : HOME;
}

function read(): Kept | null {
  const kept = sessionStorage.getItem(KEPT);
  return kept === null ? null : (JSON.parse(kept) as Kept);
}
