/** Staff accounts, invitations, sign-ins, API tokens and the audit trail. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, createOpenApi } from "../../api/client";
import type { components } from "../../api/generated/rest";
import { api } from "../app/access";

type Schemas = components["schemas"];
export type Account = Schemas["AccountView"];
export type Invitation = Schemas["InvitationView"];
export type ApiToken = Schemas["ApiTokenView"];
export type Scope = Schemas["Scope"];
export type Entry = Schemas["Entry"];
export type OwnSignIn = Schemas["OwnSignIn"];
export type Role = Account["roles"][number];

export const STAFF_ROLES: Role[] = ["admin", "scheduler", "proctor", "reviewer", "auditor"];
export const SCOPES: Scope[] = [
  "assessments:read",
  "assessments:write",
  "sessions:read",
  "sessions:write",
  "sessions:conduct",
  "live:read",
  "participants:read",
  "participants:write",
  "results:read",
  "audit:read",
];
const AUDIT_PAGE = 100;

/** For links, which work without a sign-in. */
export const openApi = createOpenApi();

export const useAccounts = () =>
  useQuery({ queryKey: ["accounts", "all"], queryFn: ({ signal }) => answerOf(api.GET("/api/v1/accounts", { signal })) });

export const useInvitations = () =>
  useQuery({ queryKey: ["accounts", "invitations"], queryFn: ({ signal }) => answerOf(api.GET("/api/v1/invitations", { signal })) });

function useChange<Asked, Done>(key: string, change: (asked: Asked) => Promise<Done>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => queries.invalidateQueries({ queryKey: [key] }) });
}

const of = (account_id: string) => ({ params: { path: { account_id } } });

export const useInvite = () =>
  useChange("accounts", (body: { email: string; name: string; roles: Role[] }) => answerOf(api.POST("/api/v1/invitations", { body })));

export const useWithdraw = () =>
  useChange("accounts", (invitation_id: string) =>
    answerOf(api.POST("/api/v1/invitations/{invitation_id}/withdraw", { params: { path: { invitation_id } } })),
  );

export const useChangeRoles = () =>
  useChange("accounts", ({ id, roles }: { id: string; roles: Role[] }) => answerOf(api.PUT("/api/v1/accounts/{account_id}/roles", { ...of(id), body: { roles } })));

export const useActivation = () =>
  useChange("accounts", ({ id, active }: { id: string; active: boolean }) =>
    active
      ? answerOf(api.POST("/api/v1/accounts/{account_id}/reactivate", of(id)))
      : answerOf(api.POST("/api/v1/accounts/{account_id}/deactivate", of(id))),
  );

export const useResetLink = () => useMutation({ mutationFn: (id: string) => answerOf(api.POST("/api/v1/accounts/{account_id}/reset-link", of(id))) });

export const useSignColleagueOut = () => useMutation({ mutationFn: (id: string) => answerOf(api.POST("/api/v1/accounts/{account_id}/sign-out", of(id))) });

export const useSignIns = () =>
  useQuery({ queryKey: ["sign-ins"], queryFn: ({ signal }) => answerOf(api.GET("/api/v1/auth/me/sign-ins", { signal })) });

export const useEndSignIn = () =>
  useChange("sign-ins", (sign_in_id: string) => answerOf(api.POST("/api/v1/auth/me/sign-ins/{sign_in_id}/end", { params: { path: { sign_in_id } } })));

export const useSignOutEverywhere = () => useMutation({ mutationFn: () => answerOf(api.POST("/api/v1/auth/me/sign-out-everywhere")) });

export const useChangePassword = () =>
  useChange("sign-ins", (body: { current: string; new: string }) => answerOf(api.POST("/api/v1/auth/me/password", { body })));

export type ProviderSettings = Schemas["ProviderSettingsView"];
export type Provider = Schemas["ProviderView"];

export const useProvider = () => useQuery({ queryKey: ["provider"], queryFn: ({ signal }) => answerOf(api.GET("/api/v1/provider", { signal })) });

export const useConfigureProvider = () =>
  useChange("provider", (body: Schemas["ConfigureProvider"]) => answerOf(api.PUT("/api/v1/provider", { body })));

export const useRemoveProvider = () => useChange("provider", () => answerOf(api.DELETE("/api/v1/provider")));

export const useAllowLink = () =>
  useChange("accounts", ({ id, allowed }: { id: string; allowed: boolean }) =>
    answerOf(api.PUT("/api/v1/accounts/{account_id}/provider-link", { ...of(id), body: { allowed } })),
  );

export const useApiTokens = () =>
  useQuery({ queryKey: ["api-tokens"], queryFn: ({ signal }) => answerOf(api.GET("/api/v1/api-tokens", { signal })) });

export const useCreateApiToken = () =>
  useChange("api-tokens", (body: { name: string; scopes: Scope[]; days: number }) => answerOf(api.POST("/api/v1/api-tokens", { body })));

export const useRevokeApiToken = () =>
  useChange("api-tokens", (api_token_id: string) =>
    answerOf(api.POST("/api/v1/api-tokens/{api_token_id}/revoke", { params: { path: { api_token_id } } })),
  );

export const useAudit = () =>
  useInfiniteQuery({
    queryKey: ["audit"],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: AUDIT_PAGE, ...(pageParam !== null && { before: pageParam }) };
      return answerOf(api.GET("/api/v1/audit", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_before,
  });

/** The whole trail, as the file that `python -m gateway audit` verifies. */
export const exportAudit = (): Promise<Blob> => answerOf(api.GET("/api/v1/audit/export", { parseAs: "blob" }));
