/** Accepting an invitation: choose a password, and be in. */
import { Button, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../api/client";
import { acceptInvitation } from "../app/access";
import { Answer, Failure } from "../app/Failure";
import { ProviderButton } from "../signin/ProviderButton";
import { valueText } from "../app/texts";
import { NewPasswordFields, useNewPasswordRules } from "./NewPasswordFields";
import { Outside, useLinkCode } from "./Outside";
import { openApi } from "./queries";
import { useWords } from "./texts";

export function InvitationPage() {
  const word = useWords();
  const code = useLinkCode();
  const offer = useQuery({
    queryKey: ["invitation", code],
    queryFn: () => answerOf(openApi.POST("/api/v1/invitations/look", { body: { code } })),
    staleTime: Infinity,
    retry: false,
  });
  return (
    <Outside title={word("invitation.title")}>
      <Answer query={offer}>
        {({ org_id, name, email, roles, invited_by, provider, passwords }) => {
          const places = { name, by: invited_by, roles: roles.map((role) => valueText("role", role)).join(", ") };
          return (
            <>
              <Text>{word(passwords ? "invitation.text" : "invitation.text-provider", places)}</Text>
              {typeof provider === "string" && <ProviderButton orgId={org_id} provider={provider} />}
              {passwords && <AcceptForm code={code} email={email} />}
            </>
          );
        }}
      </Answer>
    </Outside>
  );
}

function AcceptForm({ code, email }: { code: string; email: string }) {
  const word = useWords();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { password: "", again: "" }, validate: useNewPasswordRules() });
  const accepting = useMutation({
    mutationFn: (password: string) => acceptInvitation(code, password),
    onSuccess: () => navigate("/staff/sessions", { replace: true }),
  });
  return (
    <form noValidate onSubmit={form.onSubmit(({ password }) => accepting.mutate(password))}>
      <Stack>
        {accepting.isError && <Failure error={accepting.error} />}
        <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
        <NewPasswordFields form={form} />
        <Button type="submit" size="md" loading={accepting.isPending}>
          {word("invitation.accept")}
        </Button>
      </Stack>
    </form>
  );
}
