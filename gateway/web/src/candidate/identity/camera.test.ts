import { afterEach, describe, expect, it, vi } from "vitest";
import { openCamera, problemOf, sizeOf } from "./camera";

function cameras(getUserMedia: () => Promise<unknown>): void {
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
}

function stream() {
  const stop = vi.fn();
  return { stop, getTracks: () => [{ stop }] };
}

describe("the camera", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("says in words what keeps it from working", () => {
    const named = (name: string) => problemOf(new DOMException("", name));
    expect([named("NotAllowedError"), named("NotFoundError"), named("NotReadableError"), named("Whatever")]).toEqual(["refused", "none", "busy", "unsupported"]);
    expect(problemOf("nonsense")).toBe("unsupported");
  });

  it("is not there where the page is not served securely", async () => {
    vi.stubGlobal("navigator", {});
    await expect(openCamera("face")).rejects.toThrow("no camera");
  });

  it("is given to whoever asked and stays on", async () => {
    const given = stream();
    cameras(() => Promise.resolve(given));
    expect(await openCamera("face")).toBe(given);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(given.stop).not.toHaveBeenCalled();
  });

  it("that answers too late is switched off again", async () => {
    vi.useFakeTimers();
    const late = stream();
    let answer: (given: unknown) => void = () => undefined;
    cameras(() => new Promise((resolve) => (answer = resolve)));
    const opening = expect(openCamera("document")).rejects.toThrow("did not answer");
    await vi.advanceTimersByTimeAsync(60_000);
    await opening;
    answer(late);
    await vi.advanceTimersByTimeAsync(10);
    expect(late.stop).toHaveBeenCalledOnce();
  });
});

describe("the size of what is sent", () => {
  it("keeps the shape and stays within the bound", () => {
    expect(sizeOf(4000, 3000)).toEqual({ width: 1600, height: 1200 });
    expect(sizeOf(3000, 4000)).toEqual({ width: 1200, height: 1600 });
    expect(sizeOf(640, 480)).toEqual({ width: 640, height: 480 });
    expect(sizeOf(10_000, 1)).toEqual({ width: 1600, height: 1 });
  });
});
