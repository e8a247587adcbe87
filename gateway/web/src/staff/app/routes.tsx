/** Addresses of the staff pages. What few people open is fetched when they do. */
import { Center, Loader } from "@mantine/core";
import { lazy, Suspense, type ComponentType, type ReactNode } from "react";
import { createBrowserRouter, Navigate, useParams } from "react-router";
import { orReload } from "../../deployment";
import { AssessmentPage } from "../assessments/AssessmentPage";
import { AssessmentsPage } from "../assessments/AssessmentsPage";
import { CodesPage } from "../roster/CodesPage";
import { RosterPage } from "../roster/RosterPage";
import { DuplicateSessionPage, EditSessionPage, NewSessionPage } from "../sessions/SessionForms";
import { SessionFrame } from "../sessions/SessionFrame";
import { SessionsPage } from "../sessions/SessionsPage";
import { Broken, NoSuchPage } from "./Broken";
import { Shell } from "./Shell";

const page = <Props,>(fetched: () => Promise<ComponentType<Props>>) => lazy(async () => ({ default: await orReload(fetched()) }));

const LivePage = page(async () => (await import("../live")).LivePage);
const TemplatesPage = page(async () => (await import("../sessions/TemplatesPage")).TemplatesPage);
const CalendarPage = page(async () => (await import("../sessions/CalendarPage")).CalendarPage);
const ReviewsPage = page(async () => (await import("../after/ReviewsPage")).ReviewsPage);
const ReviewPage = page(async () => (await import("../after/ReviewPage")).ReviewPage);
const ResultsPage = page(async () => (await import("../after/ResultsPage")).ResultsPage);
const ReportPage = page(async () => (await import("../after/ReportPage")).ReportPage);
const MailPage = page(async () => (await import("../mail/MailPage")).MailPage);
const MailSettingsPage = page(async () => (await import("../mail/MailSettingsPage")).MailSettingsPage);
const DirectoryPage = page(async () => (await import("../directory/DirectoryPage")).DirectoryPage);
const GroupsPage = page(async () => (await import("../directory/GroupsPage")).GroupsPage);
const ImportsPage = page(async () => (await import("../roster/ImportsPage")).ImportsPage);
const ImportPage = page(async () => (await import("../roster/ImportPage")).ImportPage);
const AccountsPage = page(async () => (await import("../accounts/AccountsPage")).AccountsPage);
const MyAccountPage = page(async () => (await import("../accounts/MyAccountPage")).MyAccountPage);
const ApiTokensPage = page(async () => (await import("../accounts/ApiTokensPage")).ApiTokensPage);
const AuditPage = page(async () => (await import("../accounts/AuditPage")).AuditPage);
const InvitationPage = page(async () => (await import("../accounts/InvitationPage")).InvitationPage);
const NewPasswordPage = page(async () => (await import("../accounts/PasswordPages")).NewPasswordPage);
const SignedInPage = page(async () => (await import("../signin/SignedInPage")).SignedInPage);
const OrganisationPage = page(async () => (await import("../signin/OrganisationPage")).OrganisationPage);
const ProviderPage = page(async () => (await import("../accounts/ProviderPage")).ProviderPage);
const ForgottenPage = page(async () => (await import("../accounts/PasswordPages")).ForgottenPage);

function Live() {
  const { sessionId = "" } = useParams();
  return <LivePage key={sessionId} sessionId={sessionId} />;
}

const fetched = (page: ReactNode): ReactNode => (
  <Suspense
    fallback={
      <Center py="xl">
        <Loader />
      </Center>
    }
  >
    {page}
  </Suspense>
);

export const router = createBrowserRouter([
  { path: "/staff/invitation", element: fetched(<InvitationPage />), errorElement: <Broken /> },
  { path: "/staff/new-password", element: fetched(<NewPasswordPage />), errorElement: <Broken /> },
  { path: "/staff/forgotten-password", element: fetched(<ForgottenPage />), errorElement: <Broken /> },
  { path: "/staff/signed-in", element: fetched(<SignedInPage />), errorElement: <Broken /> },
  { path: "/sign-in/:orgId", element: fetched(<OrganisationPage />), errorElement: <Broken /> },
  {
    path: "/staff",
    element: <Shell />,
    errorElement: <Broken />,
    children: [
      {
        errorElement: <Broken />,
        children: [
          { index: true, element: <Navigate to="/staff/sessions" replace /> },
          { path: "sessions", element: <SessionsPage /> },
          { path: "sessions/calendar", element: fetched(<CalendarPage />) },
          { path: "sessions/templates", element: fetched(<TemplatesPage />) },
          { path: "sessions/new", element: <NewSessionPage /> },
          { path: "sessions/:sessionId/edit", element: <EditSessionPage /> },
          { path: "sessions/:sessionId/duplicate", element: <DuplicateSessionPage /> },
          { path: "sessions/:sessionId/live", element: fetched(<Live />) },
          {
            path: "sessions/:sessionId",
            element: <SessionFrame />,
            children: [
              { index: true, element: <RosterPage /> },
              { path: "codes", element: <CodesPage /> },
              { path: "mail", element: fetched(<MailPage />) },
              { path: "results", element: fetched(<ResultsPage />) },
              { path: "report", element: fetched(<ReportPage />) },
            ],
          },
          { path: "assessments", element: <AssessmentsPage /> },
          { path: "assessments/:assessmentId", element: <AssessmentPage /> },
          { path: "settings/mail", element: fetched(<MailSettingsPage />) },
          { path: "directory", element: fetched(<DirectoryPage />) },
          { path: "directory/groups", element: fetched(<GroupsPage />) },
          { path: "imports", element: fetched(<ImportsPage />) },
          { path: "imports/:importId", element: fetched(<ImportPage />) },
          { path: "reviews", element: fetched(<ReviewsPage />) },
          { path: "reviews/:reviewId", element: fetched(<ReviewPage />) },
          { path: "account", element: fetched(<MyAccountPage />) },
          { path: "colleagues", element: fetched(<AccountsPage />) },
          { path: "api-tokens", element: fetched(<ApiTokensPage />) },
          { path: "provider", element: fetched(<ProviderPage />) },
          { path: "audit", element: fetched(<AuditPage />) },
          { path: "*", element: <NoSuchPage /> },
        ],
      },
    ],
  },
]);
