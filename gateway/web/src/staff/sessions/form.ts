/** The session form's state: its fields, their checks, and the server's objections put beside the fields they name. */
import { useForm, type UseFormReturnType } from "@mantine/form";
import type { Problem } from "../../api/problem";
import { CHECKS, fieldOf } from "./checks";
import { KINDS } from "./security";
import type { Fields } from "./settings";

export type Form = UseFormReturnType<Fields>;

export const STEPS = ["what", "when", "who", "security", "words"] as const;
export type StepName = (typeof STEPS)[number];

const FIELDS_OF: Record<StepName, (keyof Fields)[]> = {
  what: ["name", "assessment", "proctor_ids"],
  when: [
    "date",
    "time",
    "second",
    "time_zone",
    "duration",
    "start_mode",
    "late_entry",
    "late_entry_minutes",
    "time_limit",
    "session_limit",
    "grace_seconds",
    "clock_while_disconnected",
    "warnings",
  ],
  who: ["enrollment_mode", "code", "admission_mode", "identity_verification", "identity_images_days", "maximum_participants"],
  security: ["lockdown", "screen_sharing", ...KINDS.flatMap((kind) => [`${kind}_told`, `${kind}_from`] as const)],
  words: ["release_mode", "instructions_before", "instructions_after", "support_contact"],
};

export function useSessionForm(initialValues: Fields): Form {
  const validate = Object.fromEntries(
    Object.entries(CHECKS).map(([field, check]) => [field, (_value: unknown, fields: Fields) => check(fields)]),
  );
  return useForm<Fields>({ initialValues, validate, validateInputOnBlur: true });
}

/** Checks one step's fields and shows what is wrong; whether nothing is. */
export function stepIsRight(form: Form, step: StepName): boolean {
  return FIELDS_OF[step].map((field) => form.validateField(field).hasError).every((wrong) => !wrong);
}

/** Shows what the server objects to beside its fields. The first step with one of them, null when none is a field. */
export function showObjections(form: Form, problem: Problem): StepName | null {
  const named = problem.errors.flatMap(({ field, message }) => {
    const own = fieldOf(field, form.values);
    return own === null ? [] : [[own, message] as const];
  });
  named.forEach(([field, message]) => form.setFieldError(field, message));
  return STEPS.find((step) => named.some(([field]) => FIELDS_OF[step].includes(field))) ?? null;
}
