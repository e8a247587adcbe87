/** What is wrong with the session form, said at once and with the remedy. The server has the last word. */
import { word, type Key } from "../app/texts";
import { meantBy, warningMinutes, type Fields } from "./settings";
import { SECURITY_CHECKS, securityFieldOf } from "./security";
import { isTimeZone } from "./zonedTime";
import {
  CODE_LENGTH_MAX,
  CODE_LENGTH_MIN,
  CONTACT_LENGTH,
  GRACE_SECONDS_MAX,
  IDENTITY_DAYS_MAX,
  IDENTITY_DAYS_MIN,
  LONG_TEXT_LENGTH,
  NAME_LENGTH,
  PARTICIPANTS_MAX,
  TIME_LIMIT_SECONDS_MAX,
  TIME_LIMIT_SECONDS_MIN,
  WARNINGS_MAX,
} from "../../api/generated/limits";

type Check = (fields: Fields) => string | null;

const REASONABLE_MINUTES = { min: TIME_LIMIT_SECONDS_MIN / 60, max: TIME_LIMIT_SECONDS_MAX / 60 };
const CODE_LENGTH = { min: CODE_LENGTH_MIN, max: CODE_LENGTH_MAX };
/** No I, L, O and U, which are mistaken for others. */
const CODE = /^[0-9A-HJKMNP-TV-Z-]*$/;

export const CHECKS: Partial<Record<keyof Fields, Check>> = {
  name: ({ name }) => {
    if (name.trim() === "") return word("check.name-missing");
    return name.length > NAME_LENGTH ? word("check.too-long", { max: NAME_LENGTH }) : null;
  },
  assessment: ({ assessment }) => (assessment === "" ? word("check.assessment-missing") : null),
  date: ({ date }) => (date === "" ? word("check.date-missing") : null),
  time: (fields) => (fields.time === "" || (fields.date !== "" && isTimeZone(fields.time_zone) && meantBy(fields) === null) ? word("check.time-missing") : null),
  time_zone: ({ time_zone }) => (isTimeZone(time_zone) ? null : word("check.zone-missing")),
  duration: ({ duration }) => minutesBetween(duration, false),
  late_entry_minutes: ({ late_entry, late_entry_minutes }) =>
    late_entry === "never" ? null : between(late_entry_minutes, 0, REASONABLE_MINUTES.max, "check.minutes"),
  time_limit: ({ time_limit }) => minutesBetween(time_limit, true),
  session_limit: ({ session_limit }) => minutesBetween(session_limit, true),
  grace_seconds: ({ grace_seconds }) => between(grace_seconds, 0, GRACE_SECONDS_MAX, "check.seconds"),
  warnings: ({ warnings }) => {
    const minutes = warningMinutes(warnings);
    if (minutes === null) return word("check.warnings");
    return minutes.length > WARNINGS_MAX ? word("check.warnings-many", { max: WARNINGS_MAX }) : null;
  },
  maximum_participants: ({ maximum_participants }) => between(maximum_participants, 1, PARTICIPANTS_MAX, "check.people"),
  identity_images_days: ({ identity_verification, identity_images_days }) =>
    identity_verification === "off" ? null : between(identity_images_days, IDENTITY_DAYS_MIN, IDENTITY_DAYS_MAX, "check.days"),
  code: ({ code, enrollment_mode }) => {
    if (code === "" || enrollment_mode === "manual") return null;
    if (!CODE.test(code)) return word("check.code-letters");
    const length = code.replaceAll("-", "").length;
    return length < CODE_LENGTH.min || code.length > CODE_LENGTH.max ? word("check.code-length", CODE_LENGTH) : null;
  },
  ...SECURITY_CHECKS,
  support_contact: ({ support_contact }) => atMost(support_contact, CONTACT_LENGTH),
  instructions_before: ({ instructions_before }) => atMost(instructions_before, LONG_TEXT_LENGTH),
  instructions_after: ({ instructions_after }) => atMost(instructions_after, LONG_TEXT_LENGTH),
};

const minutesBetween = (value: number | "", optional: boolean): string | null =>
  optional && value === "" ? null : between(value, REASONABLE_MINUTES.min, REASONABLE_MINUTES.max, "check.minutes");

const between = (value: number | "", min: number, max: number, key: Key): string | null =>
  value === "" || value < min || value > max ? word(key, { min, max }) : null;

const atMost = (text: string, max: number): string | null => (text.length > max ? word("check.too-long", { max }) : null);

/** The form's field for a field of the server's refusal. */
const FIELD_OF: Record<string, keyof Fields> = {
  assessment_id: "assessment",
  assessment_version: "assessment",
  scheduled_at: "date",
  duration_seconds: "duration",
  late_entry_seconds: "late_entry_minutes",
  time_limit_seconds: "time_limit",
  session_limit_seconds: "session_limit",
  warning_minutes: "warnings",
};

export function fieldOf(serverField: string, fields: Fields): keyof Fields | null {
  const path = serverField.replace(/^settings\./, "");
  if (path.startsWith("security.")) return securityFieldOf(path);
  const name = path.split(".")[0] ?? "";
  const field = FIELD_OF[name] ?? name;
  return field in fields ? (field as keyof Fields) : null;
}
