import { beforeEach, describe, expect, it } from "vitest";
import { createTokenKeeper, type Issued } from "./tokens";

const issued = (name: string): Issued => ({ access_token: name, refresh_token: `${name}-refresh`, expires_in: 900 });

describe("the keeper of tokens", () => {
  let now: number;
  let renewals: string[];
  const keeper = () =>
    createTokenKeeper(
      sessionStorage,
      "tokens",
      (refreshToken) => {
        renewals.push(refreshToken);
        return Promise.resolve(issued(`t${renewals.length}`));
      },
      () => now,
    );

  beforeEach(() => {
    sessionStorage.clear();
    now = 0;
    renewals = [];
  });

  it("renews before the token expires, once for all who ask", async () => {
    const tokens = keeper();
    tokens.accept(issued("first"));
    expect(await tokens.token()).toBe("first");
    now = 899_000;
    expect(await Promise.all([tokens.token(), tokens.token(true)])).toEqual(["t1", "t1"]);
    expect(renewals).toEqual(["first-refresh"]);
  });

  it("survives a reload and forgets on request", async () => {
    keeper().accept(issued("first"));
    const reloaded = keeper();
    expect(await reloaded.token()).toBe("first");
    reloaded.forget();
    expect(keeper().signedIn()).toBe(false);
    await expect(reloaded.token()).rejects.toMatchObject({ problem: "not-signed-in" });
  });
});
