/** E-mail address and password; or, where the address is of an organisation with a provider, the way there. */
import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useWords as useAccountWords } from "../accounts/texts";
import { signIn, type Person } from "../app/access";
import { Failure } from "../app/Failure";
import { useWords } from "../app/texts";
import { useWays } from "./provider";
import { ProviderButton } from "./ProviderButton";

/** Nobody types a letter of an address slower than this for long. */
const TYPED_AFTER_MS = 400;
const ADDRESS = /^\S+@\S+\.\S+$/;

interface Props {
  /** Something on this page waits: the provider is visited in another tab. */
  beside?: boolean;
  onSignedIn?: (person: Person) => void;
}

export function SignInForm({ beside = false, onSignedIn }: Props) {
  const word = useWords();
  const accountWord = useAccountWords();
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (email) => (ADDRESS.test(email.trim()) ? null : word("sign-in.email-wrong")),
      password: (password) => (password === "" ? word("sign-in.password-missing") : null),
    },
  });
  const [typed] = useDebouncedValue(form.values.email.trim(), TYPED_AFTER_MS);
  // The domain alone says which organisation; who asks stays here.
  const domain = ADDRESS.test(typed) ? typed.slice(typed.lastIndexOf("@") + 1) : null;
  const ways = useWays(domain === null ? null : { email: `somebody@${domain}` }).data;
  const [administrator, setAdministrator] = useState(false);
  const provided = ways !== undefined && ways.provider !== null && ways.org_id !== null ? { orgId: ways.org_id, provider: ways.provider } : null;
  const asksPassword = provided === null || ways?.passwords !== false || administrator;
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
        {provided !== null && (
          <Stack role="status">
            <Text size="sm">{accountWord("provider.found", { provider: provided.provider })}</Text>
            <ProviderButton orgId={provided.orgId} provider={provided.provider} beside={beside} />
            {!asksPassword && (
              <Button variant="subtle" onClick={() => setAdministrator(true)}>
                {accountWord("provider.administrators")}
              </Button>
            )}
          </Stack>
        )}
        {asksPassword && (
          <>
            <PasswordInput
              label={word("sign-in.password")}
              autoComplete="current-password"
              required
              withAsterisk={false}
              visibilityToggleButtonProps={{ "aria-label": word("sign-in.show-password"), tabIndex: 0 }}
              {...form.getInputProps("password")}
            />
            <Button type="submit" size="md" variant={provided === null ? "filled" : "default"} loading={signingIn.isPending}>
              {word("sign-in.button")}
            </Button>
          </>
        )}
      </Stack>
    </form>
  );
}
