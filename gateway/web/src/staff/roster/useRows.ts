/** The live rows of a session's people, for pages that show them without being the dashboard. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { api, tokens, useMay, usePerson } from "../app/access";
import { NOTHING_YET } from "../live/rows";
import type { Row } from "../live/types";
import { createWatch, type Watch } from "../live/watch";

const nothing = () => () => undefined;
const nobody = () => NOTHING_YET;

/** By participant; empty until they are fetched, and for those who may not follow a session. */
export function useRows(sessionId: string): ReadonlyMap<string, Row> {
  const me = usePerson()?.subject ?? "";
  const may = useMay("proctor", "scheduler", "auditor");
  const [watch, setWatch] = useState<Watch | null>(null);
  useEffect(() => {
    if (!may) return;
    const begun = createWatch(sessionId, me, api, tokens, { threads: false });
    // Begun and ended with the page, so it cannot be made while rendering.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setWatch(begun);
    begun.start();
    return begun.stop;
  }, [sessionId, me, may]);
  return useSyncExternalStore(watch?.subscribe ?? nothing, watch?.live ?? nobody).rows;
}
