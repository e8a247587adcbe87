/** Sending one intervention to however many people, and sorting out what became of it. */
import { answerOf, type Api } from "../../api/client";
import { BULK_MAX } from "../../api/generated/limits";
import type { Intervene, Outcome } from "./types";

/** Large requests are cut into several, each with a key of its own, so that the whole may be repeated. */
export async function intervene(api: Api, sessionId: string, body: Intervene, key: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [turn, participant_ids] of portions(body.participant_ids ?? null).entries()) {
    const params = { path: { session_id: sessionId }, header: { "Idempotency-Key": `${key}-${turn}` } };
    const request = api.POST("/api/v1/sessions/{session_id}/interventions", { params, body: { ...body, participant_ids } });
    outcomes.push(...((await answerOf(request)).outcomes as Outcome[]));
  }
  return outcomes;
}

export function portions(ids: readonly string[] | null): (string[] | null)[] {
  if (ids === null) return [null];
  const parts: string[][] = [];
  for (let first = 0; first < ids.length; first += BULK_MAX) parts.push(ids.slice(first, first + BULK_MAX));
  return parts;
}

export interface Summary {
  applied: number;
  refused: readonly Outcome[];
  unknown: readonly Outcome[];
}

const UNKNOWN = "outcome-unknown";

/** `late`: outcomes heard over the line after the answer, which settle what was unknown. */
export function summary(outcomes: readonly Outcome[], late: ReadonlyMap<string, Outcome>): Summary {
  const settled = outcomes.map((each) => (each.problem === UNKNOWN ? (late.get(each.command_id) ?? each) : each));
  const problems = settled.filter((each) => (each.problem ?? null) !== null);
  return {
    applied: settled.length - problems.length,
    refused: problems.filter((each) => each.problem !== UNKNOWN),
    unknown: problems.filter((each) => each.problem === UNKNOWN),
  };
}
