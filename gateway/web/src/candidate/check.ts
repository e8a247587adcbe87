/** What a computer needs for the exam, found out by trying it. */
import { offersFullScreen } from "./fullScreen";

export interface Finding {
  name: "browser" | "storage" | "network" | "line" | "full-screen";
  verdict: "good" | "poor" | "bad";
  /** Round trip of the network, in milliseconds. */
  milliseconds?: number;
}

const SLOW_MS = 800;
const TRIES = 4;
const DATABASE = "examhall-check";

export function checkBrowser(scope: typeof globalThis = globalThis): Finding {
  const needed = ["WebSocket", "indexedDB", "crypto", "Intl", "AbortSignal"] as const;
  return { name: "browser", verdict: needed.every((each) => each in scope) ? "good" : "bad" };
}

/** Telephones often cannot; nobody is kept out for it. */
export const checkFullScreen = (): Finding => ({ name: "full-screen", verdict: offersFullScreen() ? "good" : "poor" });

/** Private windows and full disks refuse only when asked. */
export function checkStorage(): Promise<Finding> {
  return new Promise((resolve) => {
    const poor = () => resolve({ name: "storage", verdict: "poor" });
    try {
      const opening = indexedDB.open(DATABASE, 1);
      opening.onerror = poor;
      opening.onsuccess = () => {
        opening.result.close();
        indexedDB.deleteDatabase(DATABASE);
        resolve({ name: "storage", verdict: "good" });
      };
    } catch {
      poor();
    }
  });
}

export async function checkNetwork(ask: () => Promise<unknown> = askGateway, monotonic: () => number = () => performance.now()): Promise<Finding> {
  const trips: number[] = [];
  for (let tried = 0; tried < TRIES; tried += 1) {
    const sentAt = monotonic();
    try {
      await ask();
      trips.push(monotonic() - sentAt);
    } catch {
      continue;
    }
  }
  return networkVerdict(trips);
}

/** By the middle trip: the first one also opens the connection. */
export function networkVerdict(trips: readonly number[]): Finding {
  const middle = [...trips].sort((one, other) => one - other)[Math.floor(trips.length / 2)];
  if (middle === undefined) return { name: "network", verdict: "bad" };
  const steady = trips.length === TRIES && middle <= SLOW_MS;
  return { name: "network", verdict: steady ? "good" : "poor", milliseconds: Math.round(middle) };
}

async function askGateway(): Promise<void> {
  const answer = await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
}
