/**
 * Who sits here and how far they got before the questions. Kept for this tab only: a reload or a crash finds it again,
 * and on a shared computer the next person does not. Whoever closed the tab comes back with the personal code.
 */
import { answerOf, createApi, createOpenApi, type Api } from "../api/client";
import { createTokenKeeper, type TokenKeeper } from "../api/tokens";
import type { Joined } from "../api/types";

export type Stage = "confirm" | "instructions" | "check" | "room";

export interface Seat {
  participantId: string;
  name: string;
  sessionName: string;
  personalCode: string;
  /** Came with the session's code, so the personal code is news to them. */
  codeIsNew: boolean;
  stage: Stage;
}

const SEAT = "examhall.seat";
const TOKENS = "examhall.candidate-tokens";

export const openApi: Api = createOpenApi();
export const tokens: TokenKeeper = createTokenKeeper(sessionStorage, TOKENS, (refresh_token) =>
  answerOf(openApi.POST("/api/v1/candidate/refresh", { body: { refresh_token } })),
);
export const api: Api = createApi(tokens);

export function readSeat(): Seat | null {
  const kept = sessionStorage.getItem(SEAT);
  return kept === null || !tokens.signedIn() ? null : (JSON.parse(kept) as Seat);
}

export function keepSeat(seat: Seat): void {
  sessionStorage.setItem(SEAT, JSON.stringify(seat));
}

/** Nothing of this person stays in this tab. */
export function leaveSeat(): void {
  tokens.forget();
  sessionStorage.clear();
}

export interface Application {
  code: string;
  name?: string;
  email?: string;
}

/** Join or come back. The key makes a repeated click, or a lost answer, the same join. */
export async function takeSeat(application: Application, key: string): Promise<Seat> {
  const { code, name, email } = application;
  const body = { code, name: name ?? null, email: email ?? null };
  const answer = await answerOf(openApi.POST("/api/v1/joins", { body, params: { header: { "Idempotency-Key": key } } }));
  tokens.accept(answer);
  const seat = seatOf(answer.joined, name !== undefined);
  keepSeat(seat);
  return seat;
}

function seatOf(joined: Joined, codeIsNew: boolean): Seat {
  const { participant_id: participantId, name, session_name: sessionName, personal_code: personalCode } = joined;
  return { participantId, name, sessionName, personalCode, codeIsNew, stage: "confirm" };
}
