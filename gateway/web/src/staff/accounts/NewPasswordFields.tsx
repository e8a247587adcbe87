/** A new password, typed twice. */
import { PasswordInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useWords } from "./texts";

/** As the server asks for. */
export const PASSWORD_LENGTH_MIN = 12;

export interface NewPassword {
  password: string;
  again: string;
}

export function useNewPasswordRules() {
  const word = useWords();
  return {
    password: (password: string) => (password.length < PASSWORD_LENGTH_MIN ? word("password.short", { length: PASSWORD_LENGTH_MIN }) : null),
    again: (again: string, { password }: NewPassword) => (again === password ? null : word("password.differs")),
  };
}

export function NewPasswordFields<Values extends NewPassword>({ form }: { form: UseFormReturnType<Values> }) {
  const word = useWords();
  const shared = {
    autoComplete: "new-password",
    required: true,
    withAsterisk: false,
    maxLength: 256,
    visibilityToggleButtonProps: { "aria-label": word("password.show"), tabIndex: 0 },
  };
  return (
    <>
      <PasswordInput label={word("password.new")} description={word("password.hint", { length: PASSWORD_LENGTH_MIN })} {...shared} {...form.getInputProps("password")} />
      <PasswordInput label={word("password.again")} {...shared} {...form.getInputProps("again")} />
    </>
  );
}
