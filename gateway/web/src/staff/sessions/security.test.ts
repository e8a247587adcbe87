import { beforeAll, describe, expect, it } from "vitest";
import ar from "../security.ar.json";
import en from "../security.en.json";
import { startText } from "../../i18n/text";
import { fieldOf } from "./checks";
import { applies, KINDS, SECURITY_CHECKS, securityFieldsOf, type SecurityFields } from "./security";
import { newFields } from "./settings";

const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const fields = (changes: Partial<SecurityFields> = {}): SecurityFields => ({ ...securityFieldsOf(), ...changes });
const objections = (changes: Partial<SecurityFields>): string[] => {
  const all = fields(changes);
  return Object.entries(SECURITY_CHECKS).flatMap(([name, check]) => (check(all) === null ? [] : [name]));
};

describe("the security step", () => {
  beforeAll(() => startText({ en: () => Promise.resolve(en), ar: () => Promise.resolve(ar) }, ["en"]));

  it("has its texts in every language, in every plural form", () => {
    expect(new Set(Object.keys(ar).map(stem))).toEqual(new Set(Object.keys(en).map(stem)));
    const plurals = new Set(Object.keys(en).filter((key) => key !== stem(key)).map(stem));
    for (const each of plurals) for (const form of new Intl.PluralRules("ar").resolvedOptions().pluralCategories) expect(ar).toHaveProperty([`${each}_${form}`]);
  });

  it("objects to nothing in a new session", () => expect(objections({})).toEqual([]));

  it("objects to thresholds that the server would refuse", () => {
    expect(objections({ idle_from: 0 })).toEqual(["idle_from"]);
    expect(objections({ focus_lost_from: "" })).toEqual(["focus_lost_from"]);
    expect(objections({ answer_speed_from: 61 })).toEqual(["answer_speed_from"]);
    expect(objections({ clipboard_used_from: 1.5 })).toEqual(["clipboard_used_from"]);
  });

  it("wants somebody to be told when sharing is required", () => {
    expect(objections({ screen_sharing: "required", screen_share_stopped_told: "off" })).toEqual(["screen_share_stopped_told"]);
    expect(objections({ screen_sharing: "off", screen_share_stopped_told: "off" })).toEqual([]);
  });

  it("shows rules only where they can mean something", () => {
    const shown = (changes: Partial<SecurityFields>) => KINDS.filter((kind) => applies(kind, fields(changes))).length;
    expect([shown({}), shown({ lockdown: "in_page" }), shown({ lockdown: "in_page", screen_sharing: "required" })]).toEqual([6, 7, 8]);
  });

  it("puts the server's objections beside their fields", () => {
    const whole = newFields(new Date());
    expect(fieldOf("settings.security.alerts.idle.minutes", whole)).toBe("idle_from");
    expect(fieldOf("settings.security.alerts.screen_share_stopped.severity", whole)).toBe("screen_share_stopped_told");
    expect(fieldOf("settings.security.lockdown", whole)).toBe("lockdown");
  });
});
