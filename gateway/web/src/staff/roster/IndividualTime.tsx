/** A time limit of one's own, or a multiple of everybody's; never both. */
import { NumberInput, Radio, Stack } from "@mantine/core";
import type { NewParticipant, ParticipantView } from "../app/resources";
import { useWords, word } from "../app/texts";
import { limited, multiplied } from "./people";

export interface IndividualTimeFields {
  time: "usual" | "limit" | "multiplier";
  minutes: number | "";
  times: number | "";
}

export const USUAL_TIME: IndividualTimeFields = { time: "usual", minutes: "", times: 1.25 };

export function timeFieldsOf({ time_limit_seconds, time_multiplier }: ParticipantView["accommodation"]): IndividualTimeFields {
  if (time_limit_seconds != null) return { ...USUAL_TIME, time: "limit", minutes: Math.round((time_limit_seconds / 60) * 100) / 100 };
  if (time_multiplier != null) return { ...USUAL_TIME, time: "multiplier", times: Number(time_multiplier) };
  return USUAL_TIME;
}

/** What the fields say; null when a number is missing or out of bounds. */
export function accommodationIn({ time, minutes, times }: IndividualTimeFields): NewParticipant["accommodation"] | null {
  if (time === "usual") return {};
  return time === "limit" ? limited(Number(minutes)) : multiplied(Number(times));
}

export const timeCheck = (fields: IndividualTimeFields): string | null =>
  accommodationIn(fields) === null ? word(fields.time === "limit" ? "time.minutes-wrong" : "time.times-wrong") : null;

interface Props {
  value: IndividualTimeFields;
  onChange: (value: IndividualTimeFields) => void;
  error: string | null;
}

export function IndividualTime({ value, onChange, error }: Props) {
  const word = useWords();
  return (
    <Stack gap="sm">
      <Radio.Group label={word("person.time")} value={value.time} onChange={(time) => onChange({ ...value, time: time })}>
        <Stack gap="xs" mt="xs">
          <Radio value="usual" label={word("time.usual")} />
          <Radio value="multiplier" label={word("time.multiplier")} />
          <Radio value="limit" label={word("time.limit")} />
        </Stack>
      </Radio.Group>
      {value.time === "limit" && (
        <NumberInput
          label={word("time.minutes")}
          suffix={` ${word("minutes")}`}
          min={0}
          decimalScale={2}
          value={value.minutes}
          onChange={(minutes) => onChange({ ...value, minutes: minutes === "" ? "" : Number(minutes) })}
          error={error}
        />
      )}
      {value.time === "multiplier" && (
        <NumberInput
          label={word("time.times")}
          prefix="× "
          min={0}
          step={0.25}
          decimalScale={2}
          value={value.times}
          onChange={(times) => onChange({ ...value, times: times === "" ? "" : Number(times) })}
          error={error}
        />
      )}
    </Stack>
  );
}
