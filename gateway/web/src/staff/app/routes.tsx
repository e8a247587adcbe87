/** Addresses of the staff pages. What few people open is fetched when they do. */
import { Center, Loader } from "@mantine/core";
import { lazy, Suspense, type ReactNode } from "react";
import { createBrowserRouter, Navigate, useParams } from "react-router";
import { AssessmentPage } from "../assessments/AssessmentPage";
import { AssessmentsPage } from "../assessments/AssessmentsPage";
import { CodesPage } from "../roster/CodesPage";
import { RosterPage } from "../roster/RosterPage";
import { DuplicateSessionPage, EditSessionPage, NewSessionPage } from "../sessions/SessionForms";
import { SessionFrame } from "../sessions/SessionFrame";
import { SessionsPage } from "../sessions/SessionsPage";
import { Broken, NoSuchPage } from "./Broken";
import { Shell } from "./Shell";

const LivePage = lazy(async () => ({ default: (await import("../live")).LivePage }));
const CalendarPage = lazy(async () => ({ default: (await import("../sessions/CalendarPage")).CalendarPage }));
const ReviewsPage = lazy(async () => ({ default: (await import("../after/ReviewsPage")).ReviewsPage }));
const ReviewPage = lazy(async () => ({ default: (await import("../after/ReviewPage")).ReviewPage }));
const ResultsPage = lazy(async () => ({ default: (await import("../after/ResultsPage")).ResultsPage }));
const AccountsPage = lazy(async () => ({ default: (await import("../accounts/AccountsPage")).AccountsPage }));
const MyAccountPage = lazy(async () => ({ default: (await import("../accounts/MyAccountPage")).MyAccountPage }));
const ApiTokensPage = lazy(async () => ({ default: (await import("../accounts/ApiTokensPage")).ApiTokensPage }));
const AuditPage = lazy(async () => ({ default: (await import("../accounts/AuditPage")).AuditPage }));
const InvitationPage = lazy(async () => ({ default: (await import("../accounts/InvitationPage")).InvitationPage }));
const NewPasswordPage = lazy(async () => ({ default: (await import("../accounts/PasswordPages")).NewPasswordPage }));
const ForgottenPage = lazy(async () => ({ default: (await import("../accounts/PasswordPages")).ForgottenPage }));
const ReportPage = lazy(async () => ({ default: (await import("../after/ReportPage")).ReportPage }));

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
              { path: "results", element: fetched(<ResultsPage />) },
              { path: "report", element: fetched(<ReportPage />) },
            ],
          },
          { path: "assessments", element: <AssessmentsPage /> },
          { path: "assessments/:assessmentId", element: <AssessmentPage /> },
          { path: "reviews", element: fetched(<ReviewsPage />) },
          { path: "reviews/:reviewId", element: fetched(<ReviewPage />) },
          { path: "account", element: fetched(<MyAccountPage />) },
          { path: "colleagues", element: fetched(<AccountsPage />) },
          { path: "api-tokens", element: fetched(<ApiTokensPage />) },
          { path: "audit", element: fetched(<AuditPage />) },
          { path: "*", element: <NoSuchPage /> },
        ],
      },
    ],
  },
]);
