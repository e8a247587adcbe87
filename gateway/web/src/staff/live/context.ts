/** The dashboard for the components in it. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { InterventionKind } from "./types";
import type { Alert } from "./alerts";
import type { Live } from "./rows";
import type { Connected, Watch } from "./watch";

export type Step = "open" | "start" | "pause" | "resume" | "end";

/** What is being asked of the person at the page. `participantIds` null: everybody it can apply to. */
export type Asking =
  | { what: "intervention"; kind: InterventionKind; participantIds: readonly string[] | null }
  | { what: "step"; step: Step }
  | { what: "admission"; approve: boolean; participantIds: readonly string[] }
  | { what: "broadcast"; participantIds: readonly string[] | null }
  | { what: "incident"; participantIds: readonly string[] }
  | { what: "dismiss"; alert: Alert }
  | { what: "shortcuts" };

export type PersonTab = "overview" | "timeline" | "clock" | "chat";

export interface Dashboard {
  watch: Watch;
  /** The account of whoever looks at the page. */
  me: string;
  mayAct: boolean;
  mayBroadcast: boolean;
  ask: (asking: Asking) => void;
  show: (participantId: string, tab?: PersonTab) => void;
}

export const DashboardContext = createContext<Dashboard | null>(null);

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === null) throw new Error("There is no dashboard around this component.");
  return dashboard;
}

export function useLive(): Live {
  const { watch } = useDashboard();
  return useSyncExternalStore(watch.subscribe, watch.live);
}

export function useConnected(): Connected {
  const { watch } = useDashboard();
  return useSyncExternalStore(watch.subscribe, watch.connected);
}

/** One part of it; renders anew only when that part is another object. */
export function usePart<Part>(of: (live: Live) => Part): Part {
  const { watch } = useDashboard();
  return useSyncExternalStore(watch.subscribe, () => of(watch.live()));
}
