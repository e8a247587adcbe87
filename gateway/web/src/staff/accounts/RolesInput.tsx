/** Which roles somebody has: each with what it is for. */
import { Checkbox, Stack } from "@mantine/core";
import { valueText } from "../app/texts";
import { STAFF_ROLES, type Role } from "./queries";
import { useWords } from "./texts";

interface Props {
  value: Role[];
  error: string | null;
  onChange: (roles: Role[]) => void;
}

export function RolesInput({ value, error, onChange }: Props) {
  const word = useWords();
  return (
    <Checkbox.Group label={word("accounts.roles")} value={value} error={error} onChange={onChange}>
      <Stack gap="xs" mt="xs">
        {STAFF_ROLES.map((role) => (
          <Checkbox key={role} value={role} label={valueText("role", role)} description={valueText("accounts.role", role)} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
