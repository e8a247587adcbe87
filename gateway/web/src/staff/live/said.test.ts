import { beforeAll, describe, expect, it } from "vitest";
import { changeLanguage, startText } from "../../i18n/text";
import { CATALOGUE } from "../app/texts";
import { said } from "./said";
import type { Activity } from "./types";

const line = (change: Partial<Activity>): string =>
  said({
    activity_id: "a",
    at: "2026-01-01T10:00:00Z",
    participant_id: "p",
    name: "Ada",
    summary: "In English",
    by: null,
    severity: "notice",
    ...change,
  } as Activity).replace(/[\u2068\u2069]/g, "");

beforeAll(() => startText(CATALOGUE, ["en"]));

describe("a line of the feed", () => {
  it("is worded from its type and fields", () => {
    expect(line({ type: "attempt.time-extended", seconds: 90, note: "Fire alarm" })).toBe("Ada got 1 minute and 30 seconds more: Fire alarm");
    expect(line({ type: "attempt.disconnected", kind: "silent" })).toBe("Ada went silent");
    expect(line({ type: "incident.recorded", kind: "technical", name: null, note: "No power" })).toBe("Technical incident: No power");
  });

  it("has words for every alert and for what became of it", () => {
    for (const kind of ["focus_lost", "full_screen_left", "full_screen_unavailable", "clipboard_used", "connection_replaced", "address_changed", "screen_share_stopped", "answer_speed", "idle"])
      for (const type of ["alert.raised", "alert.acknowledged", "alert.dismissed"]) expect(line({ type, kind, seconds: 60 })).toContain("Ada");
    expect(line({ type: "alert.dismissed", kind: "idle", note: "Was reading" })).toBe("Did nothing for a while: alert about Ada dismissed: Was reading");
  });

  it("stays in the server's words where the page has none, or the fields are missing", () => {
    expect(line({ type: "alert.raised", kind: "to_come" })).toBe("In English");
    expect(line({ type: "attempt.warned" })).toBe("In English");
    expect(line({ type: "attempt.completed" })).toBe("In English");
  });

  it("is worded in the viewer's language", async () => {
    await changeLanguage("ar", false);
    expect(line({ type: "attempt.completed", kind: "submitted" })).toBe("أرسل Ada محاولته");
    await changeLanguage("en", false);
  });
});
