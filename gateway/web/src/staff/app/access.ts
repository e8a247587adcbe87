/** Who is signed in on this page, and the REST interface in their name. */
import { useSyncExternalStore } from "react";
import { answerOf, createApi, createOpenApi, type Api } from "../../api/client";
import { Problem } from "../../api/problem";
import { createTokenKeeper } from "../../api/tokens";
import type { components } from "../../api/generated/rest";

export type Person = components["schemas"]["PrincipalView"];
export type Role = Person["roles"][number];
type SignedIn = components["schemas"]["SignInView"];

/** `expired`: was signed in on this page, which stays as it is behind the sign-in form. */
export type Standing = "signed-in" | "signed-out" | "expired";

const TOKENS = "examhall.staff";
const PERSON = "examhall.staff.person";
/** There while a provider vouches for this sign-in: signing out leads there, too. */
const PROVIDER = "examhall.staff.provider";
const open = createOpenApi();
const listeners = new Set<() => void>();

export const tokens = createTokenKeeper(localStorage, TOKENS, renewed);
export const api: Api = createApi(tokens);

let person = readPerson();
let standing: Standing = person !== null && tokens.signedIn() ? "signed-in" : "signed-out";

async function renewed(refreshToken: string): Promise<SignedIn> {
  try {
    return await answerOf(open.POST("/api/v1/auth/refresh", { body: { refresh_token: refreshToken } }));
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) become("expired", person);
    throw problem;
  }
}

export async function signIn(email: string, password: string): Promise<Person> {
  return accept(await answerOf(open.POST("/api/v1/auth/sign-in", { body: { email, password } })));
}

export async function signInWithLink(code: string): Promise<Person> {
  return accept(await answerOf(open.POST("/api/v1/auth/sign-in-link", { body: { code } })));
}

/** With what the organisation's provider sent back. */
export async function finishSignIn(body: components["schemas"]["FinishSignIn"]): Promise<Person> {
  return accept(await answerOf(open.POST("/api/v1/auth/provider/finish", { body })));
}

export async function acceptInvitation(code: string, password: string): Promise<Person> {
  return accept(await answerOf(open.POST("/api/v1/invitations/accept", { body: { code, password } })));
}

/** Forgets the sign-in here even when the server cannot be told. */
export async function signOut(): Promise<void> {
  const kept = localStorage.getItem(TOKENS);
  const provided = localStorage.getItem(PROVIDER) !== null;
  tokens.forget();
  localStorage.removeItem(PERSON);
  localStorage.removeItem(PROVIDER);
  become("signed-out", null);
  if (kept === null) return;
  const { refresh_token } = JSON.parse(kept) as { refresh_token: string };
  if (!provided) {
    await open.POST("/api/v1/auth/sign-out", { body: { refresh_token } });
    return;
  }
  const { continue_at } = await answerOf(open.POST("/api/v1/auth/provider/sign-out", { body: { refresh_token } }));
  if (continue_at !== null) location.assign(continue_at);
}

function accept(signedIn: SignedIn): Person {
  // Other tabs look when the tokens change: the rest is there by then.
  localStorage.setItem(PERSON, JSON.stringify(signedIn.principal));
  if (typeof signedIn.provider === "string") localStorage.setItem(PROVIDER, signedIn.provider);
  else localStorage.removeItem(PROVIDER);
  tokens.accept(signedIn);
  become("signed-in", signedIn.principal);
  return signedIn.principal;
}

function become(next: Standing, who: Person | null): void {
  standing = next;
  person = who;
  listeners.forEach((each) => each());
}

function readPerson(): Person | null {
  const kept = localStorage.getItem(PERSON);
  return kept === null ? null : (JSON.parse(kept) as Person);
}

// Signing out in one tab signs out in all of them; signing in again in one ends what kept the others waiting.
addEventListener("storage", ({ key, newValue }) => {
  if (key === PERSON && newValue === null) location.reload();
  if (key !== TOKENS || newValue === null || standing === "signed-in") return;
  const before = person;
  const now = readPerson();
  if (now === null || before?.subject !== now.subject) {
    location.reload();
    return;
  }
  tokens.lookAgain();
  become("signed-in", now);
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export const useStanding = (): Standing => useSyncExternalStore(subscribe, () => standing);
export const usePerson = (): Person | null => useSyncExternalStore(subscribe, () => person);

/** Admins may do all that staff may. */
export function useMay(...roles: Role[]): boolean {
  const who = usePerson();
  return who !== null && who.roles.some((role) => role === "admin" || roles.includes(role));
}
