/** The REST interface, typed by the gateway's own description of it. */
import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./generated/rest";
import { asProblem, problemOf } from "./problem";
import { prove } from "./safeExamBrowser";
import type { TokenKeeper } from "./tokens";

export type Api = Client<paths>;

/** A slow hall's network gets this long before the page says that nobody answers. */
const ANSWER_WITHIN_MS = 20_000;

/** For what needs no sign-in: joining, signing in, renewing. */
export function createOpenApi(): Api {
  return createClient<paths>({ baseUrl: location.origin, fetch: (request) => fetch(bounded(request)) });
}

/** Sends the token along; one that was refused is renewed, and the request sent once more. */
export function createApi(tokens: TokenKeeper): Api {
  async function send(request: Request, renew: boolean): Promise<Response> {
    const signed = new Request(request, { headers: new Headers(request.headers) });
    signed.headers.set("Authorization", `Bearer ${await tokens.token(renew)}`);
    return fetch(bounded(signed));
  }
  return createClient<paths>({
    baseUrl: location.origin,
    fetch: async (request) => {
      const second = request.clone();
      const response = await send(request, false);
      return response.status === 401 ? send(second, true) : response;
    },
  });
}

function bounded(request: Request): Request {
  return new Request(prove(request), { signal: AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]) });
}

/** The answer's body, or a Problem thrown. */
export async function answerOf<Body>(call: Promise<{ data?: Body; error?: unknown; response: Response }>): Promise<Body> {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    throw asProblem(error);
  }
  if (!answer.response.ok) throw problemOf(answer.error, answer.response.status);
  return answer.data as Body;
}
