/** E-mail address and password. */
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { signIn, type Person } from "../app/access";
import { Failure } from "../app/Failure";
import { useWords } from "../app/texts";

export function SignInForm({ onSignedIn }: { onSignedIn?: (person: Person) => void }) {
  const word = useWords();
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : word("sign-in.email-wrong")),
      password: (password) => (password === "" ? word("sign-in.password-missing") : null),
    },
  });
  const signingIn = useMutation({
    mutationFn: ({ email, password }: typeof form.values) => signIn(email.trim(), password),
    onSuccess: (person) => onSignedIn?.(person),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => signingIn.mutate(values))}>
      <Stack>
        {signingIn.isError && <Failure error={signingIn.error} />}
        <TextInput
          type="email"
          label={word("sign-in.email")}
          autoComplete="username"
          required
          withAsterisk={false}
          data-autofocus
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label={word("sign-in.password")}
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ "aria-label": word("sign-in.show-password"), tabIndex: 0 }}
          {...form.getInputProps("password")}
        />
        <Button type="submit" size="md" loading={signingIn.isPending}>
          {word("sign-in.button")}
        </Button>
      </Stack>
    </form>
  );
}
