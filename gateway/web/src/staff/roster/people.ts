/** Many people from pasted lines: name, e-mail address, id, individual time; separated as spreadsheets do, or by commas. */
import { word } from "../app/texts";
import type { NewParticipant } from "../app/resources";
import { BULK_MAX, NAME_LENGTH } from "../../api/generated/limits";

export interface Line {
  number: number;
  text: string;
  person: NewParticipant;
}

export interface WrongLine {
  number: number;
  text: string;
  message: string;
}

export interface Read {
  lines: Line[];
  wrong: WrongLine[];
}

export const PEOPLE_MAX = BULK_MAX;
const MINUTES = { min: 0.5, max: 1440 };
const TIMES = { min: 1, max: 4 };
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

export function readPeople(text: string): Read {
  const read: Read = { lines: [], wrong: [] };
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "") return;
    const number = index + 1;
    const person = personOf(line);
    if (typeof person === "string") read.wrong.push({ number, text: line.trim(), message: person });
    else read.lines.push({ number, text: line.trim(), person });
  });
  return read;
}

/** Somebody, or what is wrong with the line. */
function personOf(line: string): NewParticipant | string {
  const separator = line.includes("\t") ? "\t" : line.includes(";") ? ";" : ",";
  const [name = "", email = "", externalId = "", time = "", ...more] = line.split(separator).map((part) => part.trim());
  if (name === "") return word("people.name-missing");
  if (name.length > NAME_LENGTH) return word("check.too-long", { max: NAME_LENGTH });
  if (email !== "" && !EMAIL.test(email)) return word("people.email-wrong", { email });
  if (more.some((part) => part !== "")) return word("people.too-many-parts");
  const accommodation = accommodationOf(time);
  if (accommodation === null) return word("people.time-wrong", { time });
  return { name, email: email === "" ? null : email, external_id: externalId === "" ? null : externalId, accommodation, invite: false };
}

/** `90 min`, `90`: a limit of one's own; `x1.5`, `1.5x`, `×1.5`, `150%`: a multiple of everybody's; nothing: neither. */
export function accommodationOf(text: string): NewParticipant["accommodation"] | null {
  if (text === "") return {};
  const multiple = /^[x×]\s*(\d+(?:\.\d{1,2})?)$/i.exec(text) ?? /^(\d+(?:\.\d{1,2})?)\s*[x×]$/i.exec(text);
  if (multiple !== null) return multiplied(Number(multiple[1]));
  const percent = /^(\d+)\s*%$/.exec(text);
  if (percent !== null) return multiplied(Number(percent[1]) / 100);
  const minutes = /^(\d+(?:\.\d+)?)\s*(?:min|minutes|m)?$/i.exec(text);
  return minutes === null ? null : limited(Number(minutes[1]));
}

export const multiplied = (times: number): NewParticipant["accommodation"] | null =>
  times >= TIMES.min && times <= TIMES.max ? { time_multiplier: times.toFixed(2) } : null;

export const limited = (minutes: number): NewParticipant["accommodation"] | null =>
  minutes >= MINUTES.min && minutes <= MINUTES.max ? { time_limit_seconds: Math.round(minutes * 60) } : null;
