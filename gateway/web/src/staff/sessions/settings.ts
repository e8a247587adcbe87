/** The fields of the session form: what people type, read from a session's settings and turned into them. */
import type { SessionSettings, SessionView } from "../app/resources";
import { securityFieldsOf, securityOf, type SecurityFields } from "./security";
import { IDENTITY_DAYS_DEFAULT } from "../../api/generated/limits";
import { instantOf, viewersZone, wallTimeOf, type Meant } from "./zonedTime";

type Settings = SessionView["settings"];

/** Lengths of time in minutes, empty where left out; the rest as in the settings. */
export interface Fields extends SecurityFields {
  name: string;
  /** `assessment_id@version` */
  assessment: string;
  proctor_ids: string[];
  date: string;
  time: string;
  /** Of a time that clocks show twice, the second. */
  second: boolean;
  time_zone: string;
  duration: number | "";
  start_mode: Settings["start_mode"];
  late_entry: "never" | "until";
  late_entry_minutes: number | "";
  time_limit: number | "";
  session_limit: number | "";
  grace_seconds: number | "";
  clock_while_disconnected: Settings["clock_while_disconnected"];
  warnings: string;
  enrollment_mode: Settings["enrollment_mode"];
  code: string;
  admission_mode: Settings["admission_mode"];
  identity_verification: Settings["identity_verification"];
  identity_images_days: number | "";
  maximum_participants: number | "";
  release_mode: Settings["release_mode"];
  instructions_before: string;
  instructions_after: string;
  support_contact: string;
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

export function newFields(now: Date): Fields {
  const zone = viewersZone();
  const nextHour = new Date(Math.ceil(now.getTime() / HOUR_MS) * HOUR_MS + HOUR_MS).toISOString();
  return {
    name: "",
    assessment: "",
    proctor_ids: [],
    ...wallTimeOf(nextHour, zone),
    second: false,
    time_zone: zone,
    duration: 90,
    start_mode: "flexible",
    late_entry: "until",
    late_entry_minutes: 15,
    time_limit: "",
    session_limit: "",
    grace_seconds: 30,
    clock_while_disconnected: "runs",
    warnings: "10, 5, 1",
    enrollment_mode: "hybrid",
    code: "",
    admission_mode: "automatic",
    identity_verification: "off",
    identity_images_days: IDENTITY_DAYS_DEFAULT,
    maximum_participants: 1000,
    release_mode: "manual",
    ...securityFieldsOf(),
    instructions_before: "",
    instructions_after: "",
    support_contact: "",
  };
}

export function fieldsOf({ settings, code }: Pick<SessionView, "settings" | "code">): Fields {
  const wall = wallTimeOf(settings.scheduled_at, settings.time_zone);
  const meant = instantOf(wall, settings.time_zone);
  return {
    name: settings.name,
    assessment: `${settings.assessment_id}@${settings.assessment_version}`,
    proctor_ids: settings.proctor_ids,
    ...wall,
    second: meant?.kind === "twice" && meant.second.getTime() === Date.parse(settings.scheduled_at),
    time_zone: settings.time_zone,
    duration: minutes(settings.duration_seconds),
    start_mode: settings.start_mode,
    late_entry: settings.late_entry_seconds == null ? "never" : "until",
    late_entry_minutes: settings.late_entry_seconds == null ? 15 : minutes(settings.late_entry_seconds),
    time_limit: settings.time_limit_seconds == null ? "" : minutes(settings.time_limit_seconds),
    session_limit: settings.session_limit_seconds == null ? "" : minutes(settings.session_limit_seconds),
    grace_seconds: settings.grace_seconds,
    clock_while_disconnected: settings.clock_while_disconnected,
    warnings: settings.warning_minutes.join(", "),
    enrollment_mode: settings.enrollment_mode,
    code: code ?? "",
    admission_mode: settings.admission_mode,
    identity_verification: settings.identity_verification,
    identity_images_days: settings.identity_images_days,
    maximum_participants: settings.maximum_participants,
    release_mode: settings.release_mode,
    ...securityFieldsOf(settings.security),
    instructions_before: settings.instructions_before,
    instructions_after: settings.instructions_after,
    support_contact: settings.support_contact,
  };
}

/** The same session again: a week later at the same time of day, or as many weeks as it takes to come. */
export function copyOf(settings: Settings, name: string, now: Date): Fields {
  const fields = fieldsOf({ settings, code: null });
  let day = Date.parse(`${fields.date}T00:00:00Z`) + WEEK_MS;
  const weeksPast = Math.max(0, Math.ceil((now.getTime() - day) / WEEK_MS));
  day += weeksPast * WEEK_MS;
  return { ...fields, name, date: new Date(day).toISOString().slice(0, 10), second: false, code: "" };
}

export const meantBy = (fields: Pick<Fields, "date" | "time" | "time_zone">): Meant | null => instantOf(fields, fields.time_zone);

/** Fields that were checked, as the server takes them; `before` keeps to the second a time that was not touched. */
export function settingsOf(fields: Fields, before?: Settings): SessionSettings {
  const [assessment_id = "", version = ""] = fields.assessment.split("@");
  return {
    name: fields.name.trim(),
    assessment_id,
    assessment_version: Number(version),
    proctor_ids: fields.proctor_ids,
    scheduled_at: scheduledAt(fields, before),
    time_zone: fields.time_zone,
    duration_seconds: seconds(fields.duration) ?? 0,
    enrollment_mode: fields.enrollment_mode,
    admission_mode: fields.admission_mode,
    identity_verification: fields.identity_verification,
    identity_images_days: Number(fields.identity_images_days),
    maximum_participants: Number(fields.maximum_participants),
    late_entry_seconds: fields.late_entry === "never" ? null : (seconds(fields.late_entry_minutes) ?? 0),
    start_mode: fields.start_mode,
    time_limit_seconds: seconds(fields.time_limit),
    session_limit_seconds: seconds(fields.session_limit),
    grace_seconds: Number(fields.grace_seconds),
    clock_while_disconnected: fields.clock_while_disconnected,
    warning_minutes: warningMinutes(fields.warnings) ?? [],
    release_mode: fields.release_mode,
    security: securityOf(fields),
    instructions_before: fields.instructions_before,
    instructions_after: fields.instructions_after,
    support_contact: fields.support_contact.trim(),
  };
}

/** Whole minutes, longest first; null when the text says something else. */
export function warningMinutes(text: string): number[] | null {
  const parts = text.split(/[\s,;،]+/).filter((part) => part !== "");
  const numbers = parts.map(Number);
  if (numbers.some((each) => !Number.isInteger(each) || each < 1 || each > 1440)) return null;
  return [...new Set(numbers)].sort((one, other) => other - one);
}

function scheduledAt(fields: Fields, before: Settings | undefined): string {
  if (before !== undefined && before.time_zone === fields.time_zone) {
    const wall = wallTimeOf(before.scheduled_at, before.time_zone);
    const meant = meantBy(fields);
    if (wall.date === fields.date && wall.time === fields.time && meant?.kind !== "twice") return before.scheduled_at;
  }
  const meant = meantBy(fields);
  if (meant === null) return "";
  return (meant.kind === "twice" && fields.second ? meant.second : meant.instant).toISOString();
}

const minutes = (value: number): number => Math.round((value / 60) * 100) / 100;
const seconds = (value: number | ""): number | null => (value === "" ? null : Math.round(value * 60));
