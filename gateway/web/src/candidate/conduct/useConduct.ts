/** One screen share and one observer for each room, made when first needed and told of every new line. */
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Room } from "../room";
import { useAttempt, useInside } from "../roomContext";
import { observe } from "./observer";
import { createScreenShare, type ScreenShare, type Sharing } from "./sharing";

const shares = new WeakMap<Room, ScreenShare>();

function shareOf(room: Room): ScreenShare {
  const known = shares.get(room);
  if (known !== undefined) return known;
  const made = createScreenShare(room.signal);
  shares.set(room, made);
  room.whenWelcome(made.again);
  room.whenLeft(made.stop);
  // Nobody looks on once the work is done, or goes on elsewhere.
  room.subscribe(() => {
    const { row, line } = room.attempt();
    if (row?.phase === "complete" || line === "replaced" || line === "closed") made.stop();
  });
  return made;
}

export function useScreenShare(): { sharing: Sharing; ask: () => Promise<void> } {
  const { room } = useInside();
  const share = shareOf(room);
  const sharing = useSyncExternalStore(share.subscribe, share.state);
  return { sharing, ask: share.ask };
}

/** Observes from now until the component goes; answers whether the page has the whole screen. */
export function useObserver(asking: boolean): boolean {
  const { room } = useInside();
  const { session, row } = useAttempt();
  const security = session?.security;
  const [observer, setObserver] = useState<ReturnType<typeof observe> | null>(null);
  const whole = useSyncExternalStore(onFullScreenChange, () => document.fullscreenElement !== null);
  const active = row?.phase === "active";
  const unavailable = active && security?.lockdown === "in_page" && !document.fullscreenEnabled;

  useEffect(() => {
    if (security === undefined) return;
    const begun = observe(security, room.signal);
    const forget = room.whenWelcome(begun.again);
    // It lives as long as this component, so it cannot be made while rendering.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setObserver(begun);
    return () => {
      forget();
      begun.stop();
    };
  }, [room, security]);
  useEffect(() => {
    observer?.excuse(asking);
  }, [observer, asking]);
  useEffect(() => {
    if (unavailable) room.signal("full_screen_unavailable");
  }, [room, unavailable]);
  return whole;
}

function onFullScreenChange(listener: () => void): () => void {
  document.addEventListener("fullscreenchange", listener);
  return () => document.removeEventListener("fullscreenchange", listener);
}
