/**
 * A page that is open over a new deployment: parts of the old build that it did not fetch before are gone. Loading the
 * page anew, once, brings the new build to the same address.
 */
const RELOADED_AT = "examhall.reloaded-at";
/** A page that fails again within this time lacks more than a reload gives. */
const AGAIN_AFTER_MS = 60_000;

export interface Tab {
  storage: Pick<Storage, "getItem" | "setItem">;
  now: () => number;
  /** Whether the server can be reached: a reload without it would leave nothing on the screen. */
  reachable: () => Promise<boolean>;
  reload: () => void;
}

const THIS_TAB: Tab = {
  storage: sessionStorage,
  now: Date.now,
  reachable: () =>
    fetch(location.pathname, { cache: "no-store" }).then(
      ({ ok }) => ok,
      () => false,
    ),
  reload: () => location.reload(),
};

/** The part, or a reload in its place; rejects where a reload was of no use or is none. */
export async function orReload<Part>(fetched: Promise<Part>, tab: Tab = THIS_TAB): Promise<Part> {
  try {
    return await fetched;
  } catch (error) {
    if (tab.now() - Number(tab.storage.getItem(RELOADED_AT) ?? 0) < AGAIN_AFTER_MS || !(await tab.reachable())) throw error;
    tab.storage.setItem(RELOADED_AT, String(tab.now()));
    tab.reload();
    return await new Promise<never>(() => undefined);
  }
}
