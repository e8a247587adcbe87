/** Numbers of reports in the viewer's language. */
import { currentLocale } from "../../i18n/text";

const MINUTE_MS = 60_000;

export const percent = (value: string | number | null): string =>
  value === null ? "–" : new Intl.NumberFormat(currentLocale(), { style: "percent", maximumFractionDigits: 1 }).format(Number(value) / 100);

export const share = (value: string | null): string => percent(value === null ? null : Number(value) * 100);

export const decimal = (value: string | number | null, digits = 2): string =>
  value === null ? "–" : new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: digits }).format(Number(value));

/** `1:02:03`, with a sign where time was taken away. */
export function clock(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const parts = [Math.floor((seconds % 3600) / 60), seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor((Math.abs(milliseconds) / MINUTE_MS) / 60);
  return `${milliseconds < 0 ? "−" : ""}${hours}:${parts.join(":")}`;
}

/** To the millisecond, as ledgers are kept. */
export const exactClock = (milliseconds: number): string => `${clock(milliseconds)}.${String(Math.abs(milliseconds) % 1000).padStart(3, "0")}`;
