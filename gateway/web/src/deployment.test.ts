import { describe, expect, it, vi } from "vitest";
import { orReload, type Tab } from "./deployment";

function aTab(change: Partial<Tab> = {}) {
  const kept = new Map<string, string>();
  const storage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) };
  return { storage, now: () => 1_000_000, reachable: () => Promise.resolve(true), reload: vi.fn(), ...change };
}
const gone = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module"));

describe("a part of the page", () => {
  it("is shown when it can be fetched", async () => {
    const tab = aTab();
    expect(await orReload(Promise.resolve("part"), tab)).toBe("part");
    expect(tab.reload).not.toHaveBeenCalled();
  });

  it("that a new deployment took away makes the page load anew, and nothing else happens meanwhile", async () => {
    const tab = aTab();
    const settled = vi.fn();
    void orReload(gone(), tab).then(settled, settled);
    await vi.waitFor(() => expect(tab.reload).toHaveBeenCalledTimes(1));
    expect(settled).not.toHaveBeenCalled();
  });

  it("that is still missing after that is a failure, not a loop; much later it is another deployment", async () => {
    let now = 1_000_000;
    const tab = aTab({ now: () => now });
    void orReload(gone(), tab);
    await vi.waitFor(() => expect(tab.reload).toHaveBeenCalledTimes(1));
    now += 5_000;
    await expect(orReload(gone(), tab)).rejects.toThrow("Failed to fetch");
    now += 3_600_000;
    void orReload(gone(), tab);
    await vi.waitFor(() => expect(tab.reload).toHaveBeenCalledTimes(2));
  });

  it("that a lost network keeps away does not take the page from the screen", async () => {
    const tab = aTab({ reachable: () => Promise.resolve(false) });
    await expect(orReload(gone(), tab)).rejects.toThrow("Failed to fetch");
    expect(tab.reload).not.toHaveBeenCalled();
  });
});
