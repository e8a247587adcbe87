/** The candidate's way: the door, the seat, the room. */
import { lazy, Suspense, useState, type ReactNode } from "react";
import { orReload } from "../deployment";
import { Announcer } from "./announce";
import { useTitle } from "./parts";
import { ConfirmPage } from "./pages/ConfirmPage";
import { JoinPage } from "./pages/JoinPage";
import type { Room } from "./room";
import { RoomContext } from "./roomContext";
import { keepSeat, leaveSeat, readSeat, type Seat, type Stage } from "./seat";
import { useWords } from "./texts";
import { TopBar } from "./TopBar";

/** Everything behind the door, in one piece: once it is here, a new deployment takes nothing away from an open page. */
const inside = () => import("./Inside");
const fetchInside = () => orReload(inside());
/** Ahead of time: when it fails nothing is lost, and nothing that is being typed may be. */
export const prefetchInside = () => inside().catch(() => undefined);
const Inside = lazy(async () => ({ default: (await fetchInside()).Inside }));

interface Door {
  code: string;
  notice?: string;
}

interface Whereabouts {
  seat: Seat | null;
  /** Entered once the candidate said that it is them. */
  room: Room | null;
  door: Door;
  /** The room's files could not be fetched. */
  stuck?: boolean;
}

/** Where this tab was before a reload, else at the door with the code from the address. */
export async function whereabouts(): Promise<Whereabouts> {
  const seat = readSeat();
  // Invitations put it behind `#`, which browsers keep to themselves: a personal code belongs in no server's log.
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? new URLSearchParams(location.search).get("code") ?? "";
  const door = { code };
  if (seat === null) return { seat, room: null, door };
  try {
    return { seat, room: await roomOf(seat), door };
  } catch {
    return { seat: { ...seat, stage: "confirm" }, room: null, door, stuck: true };
  }
}

async function roomOf(seat: Seat): Promise<Room | null> {
  return seat.stage === "confirm" ? null : (await fetchInside()).enterRoom(seat.participantId);
}

export function App({ begin }: { begin: Whereabouts }) {
  const t = useWords();
  const [{ seat, room, door, stuck = false }, setWhere] = useState(begin);

  async function sit(next: Seat): Promise<void> {
    keepSeat(next);
    try {
      setWhere({ seat: next, room: room ?? (await roomOf(next)), door });
    } catch {
      setWhere({ seat: { ...next, stage: "confirm" }, room: null, door, stuck: true });
      return;
    }
    // The code in the address has done its work; a reload goes on from the seat.
    if (location.search !== "" || location.hash !== "") history.replaceState(null, "", location.pathname);
  }
  function leave(next: Door = { code: "" }): void {
    room?.stop();
    leaveSeat();
    setWhere({ seat: null, room: null, door: next });
  }

  const entered = seat !== null &&
    room !== null && {
      room,
      seat,
      proceed: (stage: Stage) => void sit({ ...seat, stage }),
      signOut: () => void room.forget().then(() => leave()),
      comeBack: () => leave({ code: seat.personalCode, notice: t("closed.expired-lead") }),
    };
  return (
    <>
      <Announcer />
      {seat === null && (
        <Page title={t("product")}>
          <JoinPage {...door} joined={(next) => void sit(next)} />
        </Page>
      )}
      {seat !== null && room === null && (
        <Page title={seat.sessionName}>
          <ConfirmPage seat={seat} stuck={stuck} confirm={() => void sit({ ...seat, stage: "instructions" })} leave={() => leave()} />
        </Page>
      )}
      {entered !== false && (
        <RoomContext value={entered}>
          <Suspense>
            <Inside />
          </Suspense>
        </RoomContext>
      )}
    </>
  );
}

function Page({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <>
      <TopBar title={title} />
      <main>{children}</main>
    </>
  );
}
