/** Names for the generated types the live dashboard uses. */
import type { components as Messages } from "../../api/generated/messages";
import type { components as Rest } from "../../api/generated/rest";

type Spoken = Messages["schemas"];
export type FromStaff = Spoken["FromStaff"];
export type ToStaff = Spoken["ToStaff"];
export type Frame = Spoken["FrameReceived"]["frame"];
export type Row = Spoken["Row"];
export type Activity = Spoken["Activity"];
export type Message = Spoken["Message"];
export type Outcome = Spoken["Outcome"];
export type Status = Spoken["ParticipantStatus"];
export type OpenAlert = Spoken["OpenAlert"];
export type Severity = Spoken["Severity"];
export type SessionState = Spoken["SessionState"];
export type LedgerEntry = Spoken["LedgerEntry"];

type Resources = Rest["schemas"];
export type LiveSnapshot = Resources["LiveSnapshot"];
export type Session = Resources["SessionSnapshot"];
export type Thread = Resources["Thread"];
export type AttemptView = Resources["AttemptView"];
export type Timeline = Resources["Timeline"];
export type Intervene = Resources["Intervene"];
export type InterventionKind = Resources["Kind"];
export type IncidentCategory = Resources["IncidentCategory"];
export type Role = Resources["Role"];
