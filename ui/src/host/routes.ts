// The requests of the control API that the window makes, the same for both ways to the host.

import type { Added } from "../generated/Added";
import type { AgentList } from "../generated/AgentList";
import type { ChangeExposure } from "../generated/ChangeExposure";
import type { ChangeGeneral } from "../generated/ChangeGeneral";
import type { CurlText } from "../generated/CurlText";
import type { DeliveryDetail } from "../generated/DeliveryDetail";
import type { DeliveryList } from "../generated/DeliveryList";
import type { DiagnosticsFile } from "../generated/DiagnosticsFile";
import type { DiagnosticsText } from "../generated/DiagnosticsText";
import type { DoctorReport } from "../generated/DoctorReport";
import type { DoorList } from "../generated/DoorList";
import type { DoorView } from "../generated/DoorView";
import type { LogLines } from "../generated/LogLines";
import type { LoginItem } from "../generated/LoginItem";
import type { NotificationSettings } from "../generated/NotificationSettings";
import type { Pause } from "../generated/Pause";
import type { ProxyConfig } from "../generated/ProxyConfig";
import type { Rearrange } from "../generated/Rearrange";
import type { Recording } from "../generated/Recording";
import type { Replayed } from "../generated/Replayed";
import type { Settings } from "../generated/Settings";
import type { TraceList } from "../generated/TraceList";

import type { HistoryWanted } from "./host";
import type { NewAgent, NewProfile, NewWorkspace } from "./new-profile";

/** One request, and of what type its answer is. */
export interface Ask<Answer = unknown> {
  method: "GET" | "POST" | "PUT";
  path: string;
  body?: object;
  /** How long the answer may take, in milliseconds: a little more than the host's own deadline for the route. */
  deadline: number;
  /** Only says the type, and is never there. */
  readonly answer?: Answer;
}

/** What asks the host's memory or a file: it gives up after 10 s. */
const QUICK = 15_000;
/** Starting and stopping may ask platform and keychain: the host gives up after 60 s. */
const ASKS_OTHERS = 65_000;
/** An agent may think for minutes: the host gives up after 150 s. */
const AGENT_THINKS = 155_000;

/** A person is asked first, and thinks for up to 120 s. */
const PERSON_THINKS = 125_000;

/** An admin change: it is asked for, and the person at this machine says yes or no in a dialog that is not this page's. */
const confirmed = <Answer>({ method, path, body, deadline }: Ask<Answer>): Ask<Answer> => ({
  method: "POST",
  path: "/v1/admin",
  body: { method, path, body },
  deadline: deadline + PERSON_THINKS,
});

const of = (profile: string) => `/v1/profiles/${encodeURIComponent(profile)}`;

const workspace = (profile: string, id: string) => `${of(profile)}/workspaces/${encodeURIComponent(id)}`;

/** The stream of events, for the way that reads it by itself. */
export const EVENTS = "/v1/events?changes=true";

export const ask = {
  org: (profile: string): Ask => ({ method: "GET", path: `${of(profile)}/org`, deadline: QUICK }),
  calls: (profile: string): Ask => ({ method: "GET", path: `${of(profile)}/org/calls`, deadline: QUICK }),
  history: (profile: string, { after = 0, workspace, limit }: HistoryWanted): Ask => {
    const query = new URLSearchParams({ after: String(after), limit: String(limit), ...(workspace && { workspace }) });
    return { method: "GET", path: `${of(profile)}/org/history?${query.toString()}`, deadline: QUICK };
  },
  workspace: (profile: string, id: string): Ask => ({
    method: "GET",
    path: workspace(profile, id),
    deadline: ASKS_OTHERS,
  }),
  say: (profile: string, id: string, text: string): Ask => ({
    method: "POST",
    path: `${workspace(profile, id)}/thread`,
    body: { text },
    deadline: AGENT_THINKS,
  }),
  rearrange: (profile: string, change: Rearrange): Ask => ({
    method: "POST",
    path: `${of(profile)}/canvas`,
    body: change,
    deadline: QUICK,
  }),
  restart: (profile: string): Ask => ({ method: "POST", path: `${of(profile)}/restart`, deadline: ASKS_OTHERS }),
  start: (profile: string): Ask => ({ method: "POST", path: `${of(profile)}/start`, deadline: ASKS_OTHERS }),
  stop: (profile: string): Ask => ({ method: "POST", path: `${of(profile)}/stop`, deadline: ASKS_OTHERS }),
  send: (profile: string, text: string): Ask => ({
    method: "POST",
    path: `${of(profile)}/send`,
    body: { text },
    deadline: AGENT_THINKS,
  }),
  /** The last lines of the host's log, or of the log of that profile's agent. */
  logs: (agent: string | null, lines: number): Ask<LogLines> => ({
    method: "GET",
    path: `/v1/logs?lines=${lines}${agent === null ? "" : `&agent=${encodeURIComponent(agent)}`}`,
    deadline: QUICK,
  }),
  doctor: (profile: string): Ask<DoctorReport> => ({
    method: "GET",
    path: `${of(profile)}/doctor`,
    deadline: ASKS_OTHERS,
  }),
  /** The newest ones after that number; with `waitS`, the first to come is waited for so many seconds. */
  deliveries: (profile: string, limit: number, after = 0, waitS = 0): Ask<DeliveryList> => ({
    method: "GET",
    path: `${of(profile)}/deliveries?after=${after}&limit=${limit}&wait_s=${waitS}`,
    deadline: ASKS_OTHERS,
  }),
  /** Makes a profile of a workspace that exists. */
  addProfile: (profile: NewProfile): Ask<Added> =>
    confirmed({ method: "POST", path: "/v1/profiles", body: profile, deadline: ASKS_OTHERS }),
  /** Makes a workspace in the org, and a profile of it. */
  createWorkspace: (workspace: NewWorkspace): Ask<Added> =>
    confirmed({ method: "POST", path: "/v1/workspaces", body: workspace, deadline: ASKS_OTHERS }),
  /** Has the local org brought along, and a profile on it. */
  bringLocalOrg: (): Ask<Added> => confirmed({ method: "POST", path: "/v1/local-org", deadline: ASKS_OTHERS }),
  /** The A2A agents that run on this machine. */
  agents: (): Ask<AgentList> => ({ method: "GET", path: "/v1/agents", deadline: ASKS_OTHERS }),
  delivery: (profile: string, id: number): Ask<DeliveryDetail> => ({
    method: "GET",
    path: `${of(profile)}/deliveries/${id}`,
    deadline: QUICK,
  }),
  /** The delivery as a command for a shell. */
  curl: (profile: string, id: number): Ask<CurlText> => ({
    method: "GET",
    path: `${of(profile)}/deliveries/${id}/curl`,
    deadline: QUICK,
  }),
  /** Gives the delivery to the agent once more, and not through the platform. */
  replay: (profile: string, id: number): Ask<Replayed> => ({
    method: "POST",
    path: `${of(profile)}/deliveries/${id}/replay`,
    deadline: AGENT_THINKS,
  }),
  recording: (): Ask<Recording> => ({ method: "GET", path: "/v1/recording", deadline: QUICK }),
  record: (on: boolean): Ask<Recording> => ({ method: "PUT", path: "/v1/recording", body: { on }, deadline: QUICK }),
  diagnostics: (): Ask<DiagnosticsText> => ({ method: "GET", path: "/v1/diagnostics", deadline: ASKS_OTHERS }),
  diagnosticsFile: (): Ask<DiagnosticsFile> => ({
    method: "POST",
    path: "/v1/diagnostics/file",
    deadline: ASKS_OTHERS,
  }),
  settings: (): Ask<Settings> => ({ method: "GET", path: "/v1/settings", deadline: QUICK }),
  changeGeneral: (change: ChangeGeneral): Ask<Settings> => ({
    method: "PUT",
    path: "/v1/settings/general",
    body: change,
    deadline: QUICK,
  }),
  changeProxy: (proxy: ProxyConfig): Ask<Settings> =>
    confirmed({ method: "PUT", path: "/v1/settings/proxy", body: proxy, deadline: ASKS_OTHERS }),
  /** Where newer versions are looked up; null for nowhere. */
  changeUpdateUrl: (url: string | null): Ask<Settings> =>
    confirmed({ method: "PUT", path: "/v1/settings/update-url", body: { url }, deadline: QUICK }),
  /** What removing Ligand would delete. */
  everything: (): Ask<TraceList> => ({ method: "GET", path: "/v1/traces", deadline: ASKS_OTHERS }),
  /** Ends Ligand, and removes everything that it keeps. */
  uninstall: (): Ask => confirmed({ method: "POST", path: "/v1/uninstall", deadline: QUICK }),
  changeAgent: (profile: string, agent: NewAgent): Ask<Settings> =>
    confirmed({ method: "PUT", path: `${of(profile)}/agent`, body: agent, deadline: ASKS_OTHERS }),
  changeExposure: (profile: string, change: ChangeExposure): Ask<Settings> =>
    confirmed({ method: "PUT", path: `${of(profile)}/exposure`, body: change, deadline: ASKS_OTHERS }),
  /** Keeps the org's key for the profile, so that its whole org is seen. */
  keepOrgKey: (profile: string, key: string): Ask =>
    confirmed({ method: "PUT", path: `${of(profile)}/org-key`, body: { org_key: key }, deadline: ASKS_OTHERS }),
  forgetOrgKey: (profile: string): Ask =>
    confirmed({ method: "POST", path: `${of(profile)}/org-key/forget`, deadline: ASKS_OTHERS }),
  rename: (profile: string, name: string): Ask<Settings> => ({
    method: "POST",
    path: `${of(profile)}/rename`,
    body: { name },
    deadline: ASKS_OTHERS,
  }),
  /** What forgetting the profile would delete. */
  traces: (profile: string): Ask<TraceList> => ({
    method: "GET",
    path: `${of(profile)}/traces`,
    deadline: ASKS_OTHERS,
  }),
  forget: (profile: string): Ask<TraceList> =>
    confirmed({ method: "POST", path: `${of(profile)}/forget`, deadline: ASKS_OTHERS }),
  restartAgent: (profile: string): Ask => ({
    method: "POST",
    path: `${of(profile)}/agent/restart`,
    deadline: ASKS_OTHERS,
  }),
  doors: (profile: string): Ask<DoorList> => ({ method: "GET", path: `${of(profile)}/doors`, deadline: ASKS_OTHERS }),
  share: (profile: string, open: boolean): Ask =>
    confirmed({ method: "PUT", path: `${of(profile)}/doors/shared`, body: { open }, deadline: ASKS_OTHERS }),
  rotate: (profile: string, slot: DoorView["slot"]): Ask =>
    confirmed({ method: "POST", path: `${of(profile)}/doors/${slot}/rotate`, deadline: ASKS_OTHERS }),
  loginItem: (): Ask<LoginItem> => ({ method: "GET", path: "/v1/login-item", deadline: QUICK }),
  setLoginItem: (on: boolean): Ask => ({ method: "PUT", path: "/v1/login-item", body: { on }, deadline: QUICK }),
  notifications: (): Ask<NotificationSettings> => ({ method: "GET", path: "/v1/notifications", deadline: QUICK }),
  pauseNotifications: (pause: Pause): Ask => ({
    method: "PUT",
    path: "/v1/notifications/pause",
    body: { pause },
    deadline: QUICK,
  }),
  mute: (profile: string, workspace: string, muted: boolean): Ask => ({
    method: "PUT",
    path: `${of(profile)}/mute`,
    body: { workspace, muted },
    deadline: QUICK,
  }),
};
