/** How far the verification is, asked again and again, and the sending of pictures. */
import { useCallback, useEffect, useState } from "react";
import { answerOf } from "../../api/client";
import { asProblem, type Problem } from "../../api/problem";
import type { components } from "../../api/generated/rest";
import { api } from "../seat";
import type { Image } from "./camera";

export type OwnIdentity = components["schemas"]["OwnIdentity"];

/** A decision takes a proctor longer; a thousand who wait together ask a hundred times a second. */
const ASK_EVERY_MS = 10_000;
/** Spreads those who came in the same moment. */
const SPREAD_MS = 2_000;

export interface Verification {
  own: OwnIdentity | null;
  accept: (own: OwnIdentity) => void;
}

export function useVerification(): Verification {
  const [own, accept] = useState<OwnIdentity | null>(null);
  const [asked, setAsked] = useState(0);
  const settled = own?.state === "confirmed";
  useEffect(() => {
    if (settled) return;
    let current = true;
    const wait = asked === 0 ? 0 : ASK_EVERY_MS + Math.random() * SPREAD_MS;
    const timer = setTimeout(() => {
      answerOf(api.GET("/api/v1/candidate/identity"))
        .then((answer) => {
          if (current) accept(answer);
        })
        // Whoever is refused hears it over the line; a network that fails is asked again.
        .catch(() => undefined)
        .finally(() => {
          if (current) setAsked(asked + 1);
        });
    }, wait);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked, settled]);
  return { own, accept };
}

export interface Sending {
  busy: boolean;
  problem: Problem | null;
  send: (pictures: Readonly<Record<Image, Blob>>) => Promise<void>;
}

/** Sends both and names them in a submission. Sending again after a failure is safe: what was not named is deleted. */
export function useSending(accept: (own: OwnIdentity) => void): Sending {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = useCallback(
    async ({ face, document }: Readonly<Record<Image, Blob>>) => {
      setBusy(true);
      setProblem(null);
      try {
        const body = { face: await stored("face", face), document: await stored("document", document) };
        accept(await answerOf(api.POST("/api/v1/candidate/identity/submissions", { body })));
      } catch (error) {
        setProblem(asProblem(error));
      } finally {
        setBusy(false);
      }
    },
    [accept],
  );
  return { busy, problem, send };
}

async function stored(image: Image, picture: Blob): Promise<string> {
  const answer = await answerOf(
    api.PUT("/api/v1/candidate/identity/images/{image}", {
      params: { path: { image } },
      body: "",
      bodySerializer: () => picture,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );
  return answer.image_id;
}
