/** A session's time: in the viewer's zone, and in its own where that differs. */
import { Text } from "@mantine/core";
import { currentLocale } from "../../i18n/text";
import { viewersZone } from "./zonedTime";

export function momentIn(instant: string | Date, timeZone: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(instant));
}

/** `Berlin (GMT+2)` */
export function zoneName(timeZone: string, at: string | Date): string {
  const city = (timeZone.split("/").pop() ?? timeZone).replaceAll("_", " ");
  const parts = new Intl.DateTimeFormat(currentLocale(), { timeZone, timeZoneName: "shortOffset" }).formatToParts(new Date(at));
  const offset = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  return offset === city ? city : `${city} (${offset})`;
}

export function When({ at, timeZone }: { at: string; timeZone: string }) {
  const here = momentIn(at, viewersZone());
  const there = momentIn(at, timeZone);
  return (
    <>
      <Text component="span" display="block" size="sm" className="number">
        {here}
      </Text>
      {there !== here && (
        <Text component="span" display="block" size="xs" c="dimmed" className="number">
          {there}, {zoneName(timeZone, at)}
        </Text>
      )}
    </>
  );
}
