import { describe, expect, it } from "vitest";
import type { SessionView } from "../app/resources";
import { copyOf, fieldsOf, newFields, settingsOf, warningMinutes } from "./settings";

const NOW = new Date("2026-05-04T08:20:00Z");

const session: SessionView = {
  session_id: "s",
  version: 3,
  state: "scheduled",
  settings: {
    name: "Finals",
    assessment_id: "a",
    assessment_version: 2,
    proctor_ids: ["p"],
    scheduled_at: "2026-03-30T07:00:31.000Z",
    time_zone: "Europe/Berlin",
    duration_seconds: 5400,
    enrollment_mode: "auto",
    admission_mode: "approval",
    identity_verification: "required",
    identity_images_days: 14,
    maximum_participants: 40,
    late_entry_seconds: null,
    start_mode: "scheduled",
    time_limit_seconds: 32,
    session_limit_seconds: null,
    grace_seconds: 20,
    clock_while_disconnected: "stops",
    warning_minutes: [5, 1],
    release_mode: "immediate",
    security: {
      lockdown: "in_page",
      screen_sharing: "required",
      alerts: {
        focus_lost: { severity: "warning", seconds: 0 },
        full_screen_left: { severity: null, seconds: 7 },
        clipboard_used: { severity: "notice", count: 3 },
        connection_replaced: { severity: null, count: 1 },
        address_changed: { severity: "critical", count: 2 },
        screen_share_stopped: { severity: "critical", seconds: 30 },
        answer_speed: { severity: "notice", per_minute: 20 },
        idle: { severity: "warning", minutes: 9 },
      },
    },
    instructions_before: "Before",
    instructions_after: "After",
    support_contact: "Hall 3",
  },
  code: "ABCD-2345",
  assessment_title: "Algebra",
  time_limit_seconds: 32,
  items: 3,
  changed_at: "2026-03-01T00:00:00.000Z",
};

describe("the session form", () => {
  it("gives back the settings it was filled with, to the second", () => {
    expect(settingsOf(fieldsOf(session), session.settings)).toEqual(session.settings);
  });

  it("starts with a time to come, in the viewer's zone", () => {
    expect(settingsOf(newFields(NOW)).scheduled_at).toBe("2026-05-04T10:00:00.000Z");
  });

  it("repeats a past session on the same weekday to come, without its code", () => {
    const copy = copyOf(session.settings, "Finals again", NOW);
    expect([copy.date, copy.time, copy.code]).toEqual(["2026-05-11", "09:00", ""]);
  });

  it("moves the instant when only the zone is changed", () => {
    const fields = { ...fieldsOf(session), time_zone: "America/New_York" };
    expect(settingsOf(fields, session.settings).scheduled_at).toBe("2026-03-30T13:00:00.000Z");
  });
});

describe("warnings", () => {
  it("are whole minutes, the longest first, each once", () => expect(warningMinutes("1, 5 10;5")).toEqual([10, 5, 1]));
  it("may be none", () => expect(warningMinutes(" ")).toEqual([]));
  it("are nothing else", () => expect([warningMinutes("5 min"), warningMinutes("0"), warningMinutes("2.5")]).toEqual([null, null, null]));
});
