// A certified OpenID provider with login pages, for tests: `node provider.mjs CONFIGURATION`, which is JSON with
// port, client_id, client_secret, redirect_uris, post_logout_redirect_uris and people: {login: claims}.
// Any password is right. It prints "ready" once it listens, and keeps everything in memory.
import Provider from "oidc-provider";

const { port, people, ...client } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [client],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "groups"],
  cookies: { keys: ["of this test alone"] },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, login) => (login in people ? { accountId: login, claims: () => ({ sub: login, ...people[login] }) } : undefined),
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
