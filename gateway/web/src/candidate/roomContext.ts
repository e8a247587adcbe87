/** The room for the pages in it. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { Row } from "../api/types";
import type { Attempt } from "./attempt";
import { countdown, timeIsUp, type Countdown } from "./countdown";
import type { Room } from "./room";
import type { Seat } from "./seat";

export interface Inside {
  room: Room;
  seat: Seat;
  /** The next step before the questions. */
  proceed: (stage: Seat["stage"]) => void;
  signOut: () => void;
  /** Come in again with the personal code. */
  comeBack: () => void;
}

export const RoomContext = createContext<Inside | null>(null);

export function useInside(): Inside {
  const inside = useContext(RoomContext);
  if (inside === null) throw new Error("There is no room around this component.");
  return inside;
}

export function useAttempt(): Attempt {
  const { room } = useInside();
  return useSyncExternalStore(room.subscribe, room.attempt);
}

/** Often enough that no second is skipped. */
const TICK_MS = 250;

interface Ticking {
  left: Countdown | null;
  up: boolean;
}

/** The countdown; renders anew only when what it shows changes. */
export function useCountdown(): Ticking {
  const { room } = useInside();
  const { row } = useAttempt();
  const [shown, setShown] = useState(() => look(row, room.clock.now()));
  useEffect(() => {
    const tick = () => {
      const next = look(row, room.clock.now());
      setShown((before) => (same(before, next) ? before : next));
    };
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [room, row]);
  return shown;
}

function look(row: Row | null, now: number): Ticking {
  return row === null ? { left: null, up: false } : { left: countdown(row, now), up: timeIsUp(row, now) };
}

function same(one: Ticking, other: Ticking): boolean {
  return one.left?.seconds === other.left?.seconds && one.left?.running === other.left?.running && one.up === other.up;
}
