/** The sign-in of whoever uses the page: kept over reloads, renewed once for everybody who asks at the same time. */
import { Problem } from "./problem";

export interface Tokens {
  access_token: string;
  refresh_token: string;
  /** When the access token should be renewed, in epoch milliseconds of this computer. */
  renew_at: number;
}

export interface Issued {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

export interface TokenKeeper {
  /** A token that should still be good; `renew` when the last one was refused. Rejects with the Problem of the renewal. */
  token: (renew?: boolean) => Promise<string>;
  signedIn: () => boolean;
  accept: (issued: Issued) => void;
  forget: () => void;
  /** Another tab may have signed in: take what it left. */
  lookAgain: () => void;
}

/** Renewed this long before it expires, so that a request on its way does not meet an expired token. */
const MARGIN_MS = 30_000;

export function createTokenKeeper(
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  name: string,
  refresh: (refreshToken: string) => Promise<Issued>,
  now: () => number = Date.now,
): TokenKeeper {
  let renewal: Promise<string> | null = null;
  let held = read();

  function read(): Tokens | null {
    const kept = storage.getItem(name);
    return kept === null ? null : (JSON.parse(kept) as Tokens);
  }

  function accept(issued: Issued): void {
    const { access_token, refresh_token, expires_in } = issued;
    held = { access_token, refresh_token, renew_at: now() + Math.max(0, expires_in * 1000 - MARGIN_MS) };
    storage.setItem(name, JSON.stringify(held));
  }

  /** A refresh token works once: of several tabs that share the sign-in one renews it, and the others take its tokens. */
  async function renewed(refused: Tokens): Promise<string> {
    try {
      return await oneTabAtATime(name, async () => {
        held = read() ?? refused;
        if (held.refresh_token !== refused.refresh_token) return held.access_token;
        const issued = await refresh(held.refresh_token);
        accept(issued);
        return issued.access_token;
      });
    } finally {
      renewal = null;
    }
  }

  return {
    async token(renew = false) {
      if (held === null) throw new Problem("not-signed-in", "", 401);
      if (!renew && now() < held.renew_at) return held.access_token;
      renewal ??= renewed(held);
      return renewal;
    },
    signedIn: () => held !== null,
    accept,
    forget() {
      held = null;
      storage.removeItem(name);
    },
    lookAgain() {
      held = read();
    },
  };
}

/** Browsers without locks renew at once; the server forgives two tabs that do so at the same moment. */
async function oneTabAtATime(name: string, renew: () => Promise<string>): Promise<string> {
  const locks = (navigator as Partial<Navigator>).locks;
  return locks === undefined ? renew() : locks.request(name, renew);
}
