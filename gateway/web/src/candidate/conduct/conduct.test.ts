import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchClipboard } from "./clipboard";
import { observe, type Observer } from "./observer";
import { createScreenShare } from "./sharing";
import { createLasting, type Signal } from "./signals";

/** What was told, and a line that can be taken away. */
function listener() {
  const told: [Signal, object][] = [];
  const line = { up: true };
  const tell = (signal: Signal, more: object = {}) => {
    if (line.up) told.push([signal, more]);
    return line.up;
  };
  return { told, line, tell, names: () => told.map(([signal]) => signal) };
}

describe("what begins and ends", () => {
  it("is told once each, and again over a new line while it lasts", () => {
    const { names, tell } = listener();
    const away = createLasting("focus_lost", "focus_regained", tell, () => 0);
    away.begin();
    away.begin();
    away.again();
    away.end();
    away.end();
    away.again();
    expect(names()).toEqual(["focus_lost", "focus_lost", "focus_regained"]);
  });

  it("carries its own measure only where the beginning could not be told", () => {
    const { told, line, tell } = listener();
    let now = 0;
    const away = createLasting("focus_lost", "focus_regained", tell, () => now);
    line.up = false;
    away.begin();
    now = 12_400;
    line.up = true;
    away.end();
    away.begin();
    now = 20_000;
    away.end();
    expect(told).toEqual([["focus_regained", { seconds: 12 }], ["focus_lost", {}], ["focus_regained", {}]]);
  });
});

describe("leaving the page", () => {
  let observer: Observer;
  let focused = true;
  let visibility = "visible";
  beforeEach(() => {
    vi.useFakeTimers();
    [focused, visibility] = [true, "visible"];
    vi.spyOn(document, "hasFocus").mockImplementation(() => focused);
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility as DocumentVisibilityState);
  });
  afterEach(() => {
    observer.stop();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  const watched = (tell: ReturnType<typeof listener>["tell"]) => (observer = observe({ observed: ["focus_lost"], lockdown: "off", screen_sharing: "off" }, tell));
  const blur = () => {
    focused = false;
    dispatchEvent(new Event("blur"));
  };
  const back = () => {
    [focused, visibility] = [true, "visible"];
    dispatchEvent(new Event("focus"));
    document.dispatchEvent(new Event("visibilitychange"));
  };

  it("is told at once when the page is hidden", () => {
    const { names, tell } = listener();
    watched(tell);
    [focused, visibility] = [false, "hidden"];
    document.dispatchEvent(new Event("visibilitychange"));
    back();
    expect(names()).toEqual(["focus_lost", "focus_regained"]);
  });

  it("is not told of a dialog or an input method that takes the focus for a moment", () => {
    const { names, tell } = listener();
    watched(tell);
    blur();
    vi.advanceTimersByTime(600);
    back();
    vi.advanceTimersByTime(5_000);
    expect(names()).toEqual([]);
    blur();
    vi.advanceTimersByTime(1_100);
    expect(names()).toEqual(["focus_lost"]);
  });

  it("is not told while the browser itself asks for the screen", () => {
    const { names, tell } = listener();
    watched(tell).excuse(true);
    blur();
    vi.advanceTimersByTime(5_000);
    expect(names()).toEqual([]);
  });

  it("is not looked at where the session does not ask for it", () => {
    const { names, tell } = listener();
    observer = observe({ observed: [], lockdown: "off", screen_sharing: "off" }, tell);
    blur();
    vi.advanceTimersByTime(5_000);
    expect(names()).toEqual([]);
  });
});

describe("the clipboard", () => {
  let stop: () => void;
  afterEach(() => {
    stop();
    document.body.replaceChildren();
  });

  function page(): { prompt: HTMLElement; field: HTMLTextAreaElement } {
    document.body.innerHTML = "<p>Which year?</p><textarea>my own words</textarea>";
    const prompt = document.querySelector("p");
    const field = document.querySelector("textarea");
    if (prompt === null || field === null) throw new Error("no page");
    return { prompt, field };
  }
  function paste(target: Element, text: string): boolean {
    const event = new Event("paste", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "clipboardData", { value: { getData: () => text } });
    return target.dispatchEvent(event);
  }
  function copy(target: Element): boolean {
    return target.dispatchEvent(new Event("copy", { bubbles: true, cancelable: true }));
  }

  it("lets people move their own words, and tells of what comes from elsewhere", () => {
    const { field } = page();
    let used = 0;
    stop = watchClipboard(true, () => (used += 1));
    field.setSelectionRange(3, 6);
    expect(copy(field)).toBe(true);
    expect(paste(field, "own")).toBe(true);
    expect(used).toBe(0);
    expect(paste(field, "from elsewhere")).toBe(false);
    expect(used).toBe(1);
  });

  it("tells of questions that are copied, and holds them back under lock-down only", () => {
    const { prompt } = page();
    let used = 0;
    document.getSelection()?.selectAllChildren(prompt);
    stop = watchClipboard(false, () => (used += 1));
    expect(copy(prompt)).toBe(true);
    stop();
    stop = watchClipboard(true, () => (used += 1));
    expect(copy(prompt)).toBe(false);
    expect(used).toBe(2);
  });

  it("opens no menu under lock-down", () => {
    const { prompt } = page();
    stop = watchClipboard(true, () => undefined);
    expect(prompt.dispatchEvent(new Event("contextmenu", { bubbles: true, cancelable: true }))).toBe(false);
  });

  it("gathers what happens together, and keeps it while there is no line", () => {
    vi.useFakeTimers();
    const { field } = page();
    const { told, line, tell } = listener();
    const observer = observe({ observed: ["clipboard_used"], lockdown: "off", screen_sharing: "off" }, tell);
    stop = observer.stop;
    paste(field, "one");
    paste(field, "two");
    line.up = false;
    vi.advanceTimersByTime(3_000);
    expect(told).toEqual([]);
    line.up = true;
    observer.again();
    expect(told).toEqual([["clipboard_used", { count: 2 }]]);
    vi.useRealTimers();
  });
});

describe("sharing the screen", () => {
  function surface(kind: string | undefined) {
    const track = Object.assign(new EventTarget(), { getSettings: () => ({ displaySurface: kind }), stop: vi.fn() });
    const stream = { getVideoTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream;
    return { track, getDisplayMedia: () => Promise.resolve(stream) };
  }

  it("is told when it begins, stops, and begins again", async () => {
    const { names, tell } = listener();
    const { track, getDisplayMedia } = surface("monitor");
    const share = createScreenShare(tell, { getDisplayMedia });
    await share.ask();
    expect(share.state()).toBe("on");
    track.dispatchEvent(new Event("ended"));
    expect(share.state()).toBe("stopped");
    share.again();
    await share.ask();
    share.again();
    expect(names()).toEqual(["sharing_started", "sharing_stopped", "sharing_stopped", "sharing_started", "sharing_started"]);
  });

  it("wants the whole screen where the browser says what was chosen", async () => {
    const { names, tell } = listener();
    const { track, getDisplayMedia } = surface("browser");
    const share = createScreenShare(tell, { getDisplayMedia });
    await share.ask();
    expect([share.state(), names(), track.stop.mock.calls.length]).toEqual(["surface", [], 1]);
  });

  it("ends with the work, without a word", async () => {
    const { names, tell } = listener();
    const { track, getDisplayMedia } = surface("monitor");
    const share = createScreenShare(tell, { getDisplayMedia });
    await share.ask();
    share.stop();
    expect([share.state(), track.stop.mock.calls.length, names()]).toEqual(["off", 1, ["sharing_started"]]);
  });

  it("takes what a browser gives that does not say", async () => {
    const share = createScreenShare(listener().tell, surface(undefined));
    await share.ask();
    expect(share.state()).toBe("on");
  });

  it("says so when it was refused, or when there is no such thing", async () => {
    const { tell } = listener();
    const refused = createScreenShare(tell, { getDisplayMedia: () => Promise.reject(new Error("NotAllowedError")) });
    await refused.ask();
    expect(refused.state()).toBe("refused");
    expect(createScreenShare(tell, {}).state()).toBe("unavailable");
  });
});
