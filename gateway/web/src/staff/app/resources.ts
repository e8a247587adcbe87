/** Names of the server's resources that the staff pages use. */
import type { components } from "../../api/generated/rest";

type Schemas = components["schemas"];
export type SessionView = Schemas["SessionView"];
export type SessionState = Schemas["SessionState"];
export type SessionSettings = Schemas["SessionSettings-Input"];
export type AccountView = Schemas["AccountView"];
export type AssessmentSummary = Schemas["AssessmentSummary"];
export type AssessmentView = Schemas["AssessmentView"];
export type AssessmentContent = Schemas["AssessmentContent-Input"];
export type NewParticipant = Schemas["NewParticipant"];
export type AddedParticipants = Schemas["AddedParticipants"];
export type ParticipantView = Schemas["ParticipantView"];
export type EnrollmentState = Schemas["EnrollmentState"];
export type ReviewView = Schemas["ReviewView"];
export type ReviewState = Schemas["ReviewState"];
export type Results = Schemas["Results"];
export type Result = Schemas["Result"];
export type SessionSummary = Schemas["SessionSummary"];
export type ParticipantReport = Schemas["ParticipantReport"];
export type LedgerEntry = Schemas["LedgerEntry"];
