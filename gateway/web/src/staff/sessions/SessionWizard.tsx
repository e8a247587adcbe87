/** Creating and editing a session in five steps and a last look. */
import { Alert, Button, Card, Group, Stack, Stepper } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { asProblem } from "../../api/problem";
import { Failure } from "../app/Failure";
import { useWords } from "../app/texts";
import { showObjections, stepIsRight, STEPS, useSessionForm, type StepName } from "./form";
import { LastLook } from "./LastLook";
import { SecurityStep } from "./SecurityStep";
import { useSecurityWords } from "./securityTexts";
import type { Fields } from "./settings";
import { WhatStep } from "./WhatStep";
import { WhenStep } from "./WhenStep";
import { WhoStep } from "./WhoStep";
import { WordsStep } from "./WordsStep";

interface Props {
  initial: Fields;
  /** The code is chosen once. */
  codeIsChosen: boolean;
  /** Only a new session can be left a draft. */
  mayDraft: boolean;
  save: (fields: Fields, draft: boolean) => Promise<void>;
}

export function SessionWizard({ initial, codeIsChosen, mayDraft, save }: Props) {
  const word = useWords();
  const securityWord = useSecurityWords();
  const titleOf = (step: StepName): string => (step === "security" ? securityWord("wizard.security") : word(`wizard.${step}`));
  const form = useSessionForm(initial);
  const [place, setPlace] = useState(0);
  const [elsewhere, { open: sayElsewhere, close: forgetElsewhere }] = useDisclosure();
  const top = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  const saving = useMutation({
    mutationFn: (draft: boolean) => save(form.values, draft),
    onError: (error) => {
      const step = showObjections(form, asProblem(error));
      if (step !== null) go(STEPS.indexOf(step));
    },
  });
  const go = (to: number) => {
    moved.current = true;
    setPlace(to);
  };
  useEffect(() => {
    if (moved.current) top.current?.focus();
  }, [place]);

  /** Forward only over steps that are right; back always. */
  const goTo = (to: number) => {
    forgetElsewhere();
    const wrong = STEPS.findIndex((step, index) => index < to && !stepIsRight(form, step));
    go(wrong === -1 ? to : wrong);
  };
  const submit = (draft: boolean) => {
    const wrong = STEPS.findIndex((step) => !stepIsRight(form, step));
    if (wrong === -1) {
      saving.mutate(draft);
      return;
    }
    sayElsewhere();
    go(wrong);
  };
  const step: StepName | undefined = STEPS[place];

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (step === undefined) submit(false);
        else goTo(place + 1);
      }}
    >
      <Stack gap="lg">
        <Stepper active={place} onStepClick={goTo} size="sm" iconSize={34} wrap={false} aria-label={word("wizard.steps")} visibleFrom="md">
          {STEPS.map((name) => (
            <Stepper.Step key={name} label={titleOf(name)} />
          ))}
          <Stepper.Step label={word("wizard.look")} />
        </Stepper>
        <Card padding="xl" radius="lg" withBorder bg="var(--examhall-surface)">
          <Stack gap="lg">
            <div ref={top} tabIndex={-1} className="step-title">
              <h2>{step === undefined ? word("wizard.look") : titleOf(step)}</h2>
              <p>{word("wizard.place", { place: place + 1, of: STEPS.length + 1 })}</p>
            </div>
            {saving.isError && <Failure error={saving.error} />}
            {elsewhere && <Alert color="red">{word("wizard.elsewhere")}</Alert>}
            {step === "what" && <WhatStep form={form} />}
            {step === "when" && <WhenStep form={form} />}
            {step === "who" && <WhoStep form={form} codeIsChosen={codeIsChosen} />}
            {step === "security" && <SecurityStep form={form} />}
            {step === "words" && <WordsStep form={form} />}
            {step === undefined && <LastLook fields={form.values} />}
          </Stack>
        </Card>
        <Group justify="space-between">
          <Button variant="default" disabled={place === 0} onClick={() => go(place - 1)}>
            {word("wizard.back")}
          </Button>
          <Group>
            {step === undefined && mayDraft && (
              <Button variant="default" loading={saving.isPending} onClick={() => submit(true)}>
                {word("wizard.save-draft")}
              </Button>
            )}
            {!mayDraft && step !== undefined && (
              <Button variant="default" loading={saving.isPending} onClick={() => submit(false)}>
                {word("wizard.save")}
              </Button>
            )}
            <Button type="submit" loading={saving.isPending}>
              {word(step !== undefined ? "wizard.next" : mayDraft ? "wizard.create" : "wizard.save")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
