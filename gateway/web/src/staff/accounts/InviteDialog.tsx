/** Inviting a colleague. The link is shown once, and also goes by mail where mail is set up. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Failure } from "../app/Failure";
import { LinkOnce } from "./LinkOnce";
import { useInvite, type Role } from "./queries";
import { RolesInput } from "./RolesInput";
import { useWords } from "./texts";

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const word = useWords();
  const invite = useInvite();
  const form = useForm({
    initialValues: { email: "", name: "", roles: ["proctor"] as Role[] },
    validate: {
      email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : word("accounts.email-wrong")),
      name: (name) => (name.trim() === "" ? word("accounts.name-missing") : null),
      roles: (roles) => (roles.length === 0 ? word("accounts.roles-missing") : null),
    },
  });
  const made = invite.data;
  return (
    <Modal opened onClose={onClose} title={word("accounts.invite")} closeButtonProps={{ "aria-label": word("accounts.close") }}>
      {made !== undefined ? (
        <Stack>
          <LinkOnce
            title={word("accounts.invited", { name: made.invitation.name })}
            text={word(made.mailed ? "accounts.link-mailed" : "accounts.link-hand-over")}
            secret={location.origin + made.link}
            copied={word("accounts.link-copied")}
          />
          <Button onClick={onClose} data-autofocus>
            {word("accounts.done")}
          </Button>
        </Stack>
      ) : (
        <form noValidate onSubmit={form.onSubmit(({ email, name, roles }) => invite.mutate({ email: email.trim(), name: name.trim(), roles }))}>
          <Stack>
            {invite.isError && <Failure error={invite.error} />}
            <TextInput type="email" label={word("accounts.email")} autoComplete="off" required withAsterisk={false} data-autofocus {...form.getInputProps("email")} />
            <TextInput label={word("accounts.name")} autoComplete="off" required withAsterisk={false} maxLength={200} {...form.getInputProps("name")} />
            <RolesInput value={form.values.roles} error={(form.errors["roles"] as string | undefined) ?? null} onChange={(roles) => form.setFieldValue("roles", roles)} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {word("accounts.back")}
              </Button>
              <Button type="submit" loading={invite.isPending}>
                {word("accounts.invite")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
