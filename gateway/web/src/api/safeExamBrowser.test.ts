import { afterEach, describe, expect, it } from "vitest";
import { openingAddress, prove } from "./safeExamBrowser";

const inside = (configKey: string) => Object.assign(window, { SafeExamBrowser: { security: { configKey } } });

describe("Safe Exam Browser", () => {
  afterEach(() => Reflect.deleteProperty(window, "SafeExamBrowser"));

  it("adds nothing elsewhere", () => {
    const request = new Request("http://localhost/api/v1/joins");
    expect(prove(request)).toBe(request);
    inside("");
    expect(prove(request)).toBe(request);
  });

  it("sends what it told the page along, with the page's address, and all that was there", async () => {
    inside("ab12");
    const proving = prove(new Request("http://localhost/api/v1/joins", { method: "POST", body: "{}", headers: { "Idempotency-Key": "k" } }));
    expect(proving.headers.get("X-SafeExamBrowser-ConfigKeyHash")).toBe("ab12");
    expect(proving.headers.get("X-Examhall-Page")).toBe(location.href);
    expect(proving.headers.get("Idempotency-Key")).toBe("k");
    expect(await proving.text()).toBe("{}");
  });

  it("is opened by its own scheme on this host", () => {
    expect(openingAddress()).toBe(`seb://${location.host}/safe-exam-browser.seb`);
  });
});
