/** A forgotten password: asking for a link, and setting a new one with it. */
import { Alert, Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Link } from "react-router";
import { answerOf } from "../../api/client";
import { Failure } from "../app/Failure";
import { NewPasswordFields, useNewPasswordRules } from "./NewPasswordFields";
import { Outside, useLinkCode } from "./Outside";
import { openApi } from "./queries";
import { useWords } from "./texts";

export function ForgottenPage() {
  const word = useWords();
  const asking = useMutation({ mutationFn: (email: string) => answerOf(openApi.POST("/api/v1/auth/password-reset", { body: { email } })) });
  const form = useForm({
    initialValues: { email: "" },
    validate: { email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : word("accounts.email-wrong")) },
  });
  return (
    <Outside title={word("password.forgotten")}>
      {asking.isSuccess ? (
        <Alert color="teal" role="status">
          {word("password.asked")}
        </Alert>
      ) : (
        <form noValidate onSubmit={form.onSubmit(({ email }) => asking.mutate(email.trim()))}>
          <Stack>
            <Text>{word("password.forgotten-text")}</Text>
            {asking.isError && <Failure error={asking.error} />}
            <TextInput type="email" label={word("accounts.email")} autoComplete="username" required withAsterisk={false} {...form.getInputProps("email")} />
            <Button type="submit" size="md" loading={asking.isPending}>
              {word("password.ask")}
            </Button>
          </Stack>
        </form>
      )}
      <ToSignIn />
    </Outside>
  );
}

export function NewPasswordPage() {
  const word = useWords();
  const code = useLinkCode();
  const setting = useMutation({ mutationFn: (password: string) => answerOf(openApi.POST("/api/v1/auth/password", { body: { code, password } })) });
  const form = useForm({ initialValues: { password: "", again: "" }, validate: useNewPasswordRules() });
  return (
    <Outside title={word("password.set-title")}>
      {setting.isSuccess ? (
        <Alert color="teal" role="status">
          {word("password.set-done")}
        </Alert>
      ) : (
        <form noValidate onSubmit={form.onSubmit(({ password }) => setting.mutate(password))}>
          <Stack>
            {setting.isError && <Failure error={setting.error} />}
            <NewPasswordFields form={form} />
            <Button type="submit" size="md" loading={setting.isPending}>
              {word("password.set")}
            </Button>
          </Stack>
        </form>
      )}
      <ToSignIn />
    </Outside>
  );
}

function ToSignIn() {
  const word = useWords();
  return (
    <Anchor component={Link} to="/staff" size="sm">
      {word("password.to-sign-in")}
    </Anchor>
  );
}
