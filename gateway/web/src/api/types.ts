/** Names for the generated types the pages use. */
import type { components as Messages } from "./generated/messages";
import type { components as Rest } from "./generated/rest";

type Schemas = Messages["schemas"];
export type FromCandidate = Schemas["FromCandidate"];
export type ToCandidate = Schemas["ToCandidate"];
export type FromStaff = Schemas["FromStaff"];
export type ToStaff = Schemas["ToStaff"];
export type AttemptView = Schemas["AttemptView"];
export type Row = Schemas["Row"];
export type Frame = Schemas["FrameReceived"]["frame"];
export type Message = Schemas["Message"];
export type Response = NonNullable<Schemas["Answer"]["response"]>;

type Resources = Rest["schemas"];
export type AssessmentForm = Resources["AssessmentForm"];
export type SectionForm = Resources["SectionForm"];
export type ItemForm = SectionForm["items"][number];
export type Choice = Resources["Choice"];
export type Joined = Resources["JoinedView"]["joined"];
export type CandidateSession = Resources["CandidateSessionView"];
export type CandidateResult = Resources["CandidateResult"];
