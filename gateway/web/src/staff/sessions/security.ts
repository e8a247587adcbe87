/** The security options as fields of the session form: how each rule is told, and from which threshold on. */
import {
  ALERT_COUNT_MAX,
  ALERT_SECONDS_MAX,
  ANSWER_SPEED_MAX,
  ANSWER_SPEED_MIN,
  IDLE_MINUTES_MAX,
  IDLE_MINUTES_MIN,
} from "../../api/generated/limits";
import type { SecurityOptions, Severity } from "../app/resources";
import { securityWord } from "./securityTexts";

type Told = Severity | "off";
interface Rule {
  unit: "seconds" | "count" | "per_minute" | "minutes";
  min: number;
  max: number;
  /** What most would choose. */
  usual: Severity;
}

const SECONDS = { unit: "seconds", min: 0, max: ALERT_SECONDS_MAX } as const;
const COUNT = { unit: "count", min: 1, max: ALERT_COUNT_MAX } as const;

export const RULES = {
  focus_lost: { ...SECONDS, usual: "warning" },
  full_screen_left: { ...SECONDS, usual: "warning" },
  clipboard_used: { ...COUNT, usual: "warning" },
  connection_replaced: { ...COUNT, usual: "warning" },
  address_changed: { ...COUNT, usual: "notice" },
  screen_share_stopped: { ...SECONDS, usual: "critical" },
  answer_speed: { unit: "per_minute", min: ANSWER_SPEED_MIN, max: ANSWER_SPEED_MAX, usual: "notice" },
  idle: { unit: "minutes", min: IDLE_MINUTES_MIN, max: IDLE_MINUTES_MAX, usual: "notice" },
} as const satisfies Record<string, Rule>;

export type RuleKind = keyof typeof RULES;
export const KINDS = Object.keys(RULES) as RuleKind[];

export type SecurityFields = {
  lockdown: SecurityOptions["lockdown"];
  screen_sharing: SecurityOptions["screen_sharing"];
} & Record<`${RuleKind}_told`, Told> &
  Record<`${RuleKind}_from`, number | "">;

/** As the server has them when nothing is said. */
const UNASKED: SecurityOptions = {
  lockdown: "off",
  screen_sharing: "off",
  alerts: {
    focus_lost: { severity: null, seconds: 5 },
    full_screen_left: { severity: "warning", seconds: 5 },
    clipboard_used: { severity: null, count: 1 },
    connection_replaced: { severity: "warning", count: 1 },
    address_changed: { severity: null, count: 1 },
    screen_share_stopped: { severity: "critical", seconds: 5 },
    answer_speed: { severity: null, per_minute: 12 },
    idle: { severity: null, minutes: 5 },
  },
};

export function securityFieldsOf(options: SecurityOptions = UNASKED): SecurityFields {
  const { lockdown, screen_sharing, alerts } = options;
  const rules = KINDS.flatMap((kind): [string, Told | number][] => {
    const rule: Partial<Record<Rule["unit"], number>> & { severity?: Severity | null } = alerts[kind];
    return [
      [`${kind}_told`, rule.severity ?? "off"],
      [`${kind}_from`, rule[RULES[kind].unit] ?? RULES[kind].min],
    ];
  });
  return { lockdown, screen_sharing, ...(Object.fromEntries(rules) as Omit<SecurityFields, "lockdown" | "screen_sharing">) };
}

/** Fields that were checked. */
export function securityOf(fields: SecurityFields): SecurityOptions {
  const rules = KINDS.map((kind) => {
    const told = fields[`${kind}_told`];
    return [kind, { severity: told === "off" ? null : told, [RULES[kind].unit]: Number(fields[`${kind}_from`]) }];
  });
  return { lockdown: fields.lockdown, screen_sharing: fields.screen_sharing, alerts: Object.fromEntries(rules) as SecurityOptions["alerts"] };
}

/** Whether the rule can mean anything under these options. */
export function applies(kind: RuleKind, { lockdown, screen_sharing }: Pick<SecurityFields, "lockdown" | "screen_sharing">): boolean {
  if (kind === "full_screen_left") return lockdown === "in_page";
  return kind !== "screen_share_stopped" || screen_sharing === "required";
}

export const SECURITY_CHECKS: Partial<Record<keyof SecurityFields, (fields: SecurityFields) => string | null>> = {
  screen_share_stopped_told: ({ screen_sharing, screen_share_stopped_told }) =>
    screen_sharing === "required" && screen_share_stopped_told === "off" ? securityWord("security.check.sharing-told") : null,
  ...Object.fromEntries(
    KINDS.map((kind) => [
      `${kind}_from`,
      (fields: SecurityFields) => {
        const { min, max } = RULES[kind];
        const from = fields[`${kind}_from`];
        return from === "" || from < min || from > max || !Number.isInteger(from) ? securityWord("security.check.threshold", { min, max }) : null;
      },
    ]),
  ),
};

/** The form's field for a path of the server's refusal, such as `security.alerts.idle.minutes`. */
export function securityFieldOf(path: string): keyof SecurityFields | null {
  const [, option, kind, part] = path.split(".");
  if (option === "lockdown" || option === "screen_sharing") return option;
  const known = KINDS.find((each) => each === kind);
  return known === undefined ? null : `${known}_${part === "severity" ? "told" : "from"}`;
}
