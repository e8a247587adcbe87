/** Beside adding by hand: picking from the directory, and importing a file. */
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "react-router";
import { useMay } from "../app/access";
import type { SessionView } from "../app/resources";
import { useWords } from "../directory/texts";
import { FromDirectory } from "./FromDirectory";

export function MoreWaysToAdd({ session }: { session: SessionView }) {
  const word = useWords();
  const imports = useMay("scheduler");
  const [picking, pick] = useDisclosure();
  return (
    <>
      {imports && (
        <Button variant="default" component={Link} to={`/staff/imports?session=${session.session_id}`}>
          {word("import.button")}
        </Button>
      )}
      <Button variant="default" onClick={pick.open}>
        {word("pick.button")}
      </Button>
      {picking && <FromDirectory session={session} onClose={pick.close} />}
    </>
  );
}
