//! Health as data: one table of everything that can be wrong with a profile or the host.
//!
//! Tray, notifications, `status`, `doctor` and the Canvas read this table, so they never disagree. Noticing a fault is the
//! work of whoever sees it; this module says what it is called, how bad it is, what to do next, which other fault
//! explains it away, and how long it must last before anyone is told.

use std::{collections::BTreeMap, time::Duration};

use ligand_platform::Kind;

use crate::status::{HealthItem, Severity};

/// A thing that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The keychain is locked.
    VaultLocked,
    /// There is no keychain: secrets are in a file.
    VaultFile,
    /// The vault cannot be read or written.
    VaultBroken,
    /// The vault has no token for the workspace.
    TokenMissing,
    /// The platform refused our token.
    TokenRefused,
    /// The platform gave us a token that we did not need: ours was revoked.
    TokenReplaced,
    /// The org removed the workspace.
    WorkspaceRemoved,
    /// The org paused the workspace.
    WorkspacePaused,
    /// The platform cannot be reached, or answers with errors.
    PlatformUnreachable,
    /// What answers at the platform's address is not a platform.
    NotAPlatform,
    /// A login page of the network answers.
    LoginPage,
    /// The proxy on the way wants another user name and password.
    ProxyRefused,
    /// No trusted TLS connection to the platform.
    Untrusted,
    /// The platform does not take its own address as the origin of requests.
    OriginRefused,
    /// Another host took the workspace over.
    Superseded,
    /// The relay cannot be reached.
    RelayUnreachable,
    /// The relay refuses us.
    RelayRefused,
    /// A link is up but no pong came in time.
    LinkUnverified,
    /// The agent does not answer.
    AgentNotReady,
    /// A built-in agent lacks what it needs.
    AgentLacks,
    /// The agent that Ligand starts is not ready.
    AgentDown,
    /// It ended again and again, and is not started any more.
    AgentCrashLoop,
    /// The workspace's secrets, which such an agent is given, cannot be fetched.
    SecretsMissing,
    /// Some of them are not given to it.
    SecretsRefused,
    /// The program that makes this laptop reachable is not installed.
    ExposureMissing,
    /// It wants an account, or its token.
    ExposureLogin,
    /// Its service takes no more for now.
    ExposureLimited,
    /// It told no address in time.
    ExposureSilent,
    /// It ended again and again, and is not started any more.
    ExposureCrashLoop,
    /// It does not run, or its service cannot be reached.
    ExposureDown,
    /// The address of the own listener is somebody else's.
    ListenerTaken,
    /// Without a relay: closing without a byte does not get back to the platform.
    RefusedWhileAway,
    /// A call to our own public door did not come back to us.
    SelfTestFailed,
    /// There is no way for messages to reach us.
    NoWayIn,
    /// Closing without a byte does not survive the way to the platform.
    LoudClose,
    /// The journal of deliveries can't be written.
    JournalOff,
    /// The journal of deliveries was damaged and begun anew.
    JournalBegun,
    /// The platform has never given an inbound secret.
    OpenDoor,
    /// The relay is shown the workspace's token, as the user wants it.
    TokenShown,
    /// The shared door is open, and the agent's card is signed with an address that nobody outside can reach.
    SealedCard,
}

impl Fault {
    /// What a failed call to the platform shows.
    #[must_use]
    pub fn of_call(kind: &Kind) -> Self {
        match kind {
            Kind::Unauthorized { .. } => Self::TokenRefused,
            Kind::Gone => Self::WorkspaceRemoved,
            Kind::NotAPlatform { login: true, .. } => Self::LoginPage,
            Kind::NotAPlatform { .. } => Self::NotAPlatform,
            Kind::ProxyLogin => Self::ProxyRefused,
            Kind::Tls(_) => Self::Untrusted,
            Kind::WrongOrigin => Self::OriginRefused,
            _ => Self::PlatformUnreachable,
        }
    }

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().map_or("", |row| row.code)
    }

    /// What is wrong, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().map_or("", |row| row.title)
    }

    /// What to do next.
    #[must_use]
    pub fn next(self) -> &'static str {
        self.row().map_or("", |row| row.next)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.fault == self)
    }
}

/// What the table says about a fault.
struct Row {
    fault: Fault,
    code: &'static str,
    severity: Severity,
    title: &'static str,
    next: &'static str,
    /// The faults that make this one go without saying.
    explained_by: &'static [Fault],
    /// How long it must last, in seconds of time awake, before it is shown.
    after_s: u64,
}

/// An agent that starts within this is not worth a word.
const START_GRACE_S: u64 = 5;

/// A network that is away for less is not worth a word (the figure that Tailscale's health table uses).
const NETWORK_GRACE_S: u64 = 5;

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row { fault: Fault::VaultLocked, code: "vault_locked", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The keychain is locked", next: "Unlock your login keychain; Ligand goes on by itself." },
    Row { fault: Fault::VaultBroken, code: "vault_broken", severity: Severity::Error, explained_by: &[Fault::VaultLocked], after_s: 0,
        title: "Secrets cannot be read", next: "See the detail; `ligand logs` has more." },
    Row { fault: Fault::TokenMissing, code: "token_missing", severity: Severity::Error, explained_by: &[Fault::VaultLocked, Fault::VaultBroken], after_s: 0,
        title: "No token for this workspace", next: "Connect it again with a fresh connection block of the platform: in the window under Add a workspace, or with `ligand connect`." },
    Row { fault: Fault::TokenRefused, code: "token_refused", severity: Severity::Error, explained_by: &[Fault::WorkspaceRemoved], after_s: 0,
        title: "The platform refuses our token", next: "Rotate the workspace's credentials on the platform, and connect it again with the new block: in the window under Add a workspace, or with `ligand connect`." },
    Row { fault: Fault::TokenReplaced, code: "token_replaced", severity: Severity::Error, explained_by: &[Fault::WorkspaceRemoved], after_s: 0,
        title: "Our token was revoked", next: "Check on the platform who did it. It has given a new one, which is kept: run `ligand start` to go on with it." },
    Row { fault: Fault::WorkspaceRemoved, code: "workspace_removed", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The org removed this workspace", next: "Nothing is sent any more. Connect another workspace, or remove the profile." },
    Row { fault: Fault::Superseded, code: "superseded", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "Another computer serves this workspace now", next: "Run `ligand start` here to take it back, or stop it for good with `ligand stop`." },
    Row { fault: Fault::WorkspacePaused, code: "workspace_paused", severity: Severity::Warning, explained_by: &[Fault::WorkspaceRemoved], after_s: 0,
        title: "The org paused this workspace", next: "Resume it on the platform; Ligand comes back by itself." },
    Row { fault: Fault::NotAPlatform, code: "not_a_platform", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "That address does not answer like a platform", next: "Check the platform's URL; a proxy or login page in between looks like this too." },
    Row { fault: Fault::LoginPage, code: "login_page", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "A login page of this network answers instead of the platform", next: "Open a browser and sign in to the network; Ligand goes on by itself." },
    Row { fault: Fault::ProxyRefused, code: "proxy_refused", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The proxy refuses us", next: "Correct its user name and password where Ligand starts: in HTTPS_PROXY, or in LIGAND_PROXY_LOGIN=user:password where the config names the proxy." },
    Row { fault: Fault::Untrusted, code: "untrusted", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "There is no trusted connection to the platform", next: "A network's login page, or a proxy or virus scanner that inspects TLS, looks like this: sign in, or have its certificate trusted by this system." },
    Row { fault: Fault::OriginRefused, code: "origin_refused", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The platform refuses its own address as origin", next: "Its operator must list that address in CORS_ORIGINS." },
    Row { fault: Fault::PlatformUnreachable, code: "platform_unreachable", severity: Severity::Warning, explained_by: &[], after_s: NETWORK_GRACE_S,
        title: "The platform cannot be reached", next: "Ligand keeps trying. Check the network, VPN or proxy if it lasts." },
    Row { fault: Fault::RelayRefused, code: "relay_refused", severity: Severity::Error, explained_by: &[Fault::TokenRefused, Fault::WorkspaceRemoved], after_s: 0,
        title: "The relay refuses us", next: "See the detail; the relay's operator can say more." },
    Row { fault: Fault::RelayUnreachable, code: "relay_unreachable", severity: Severity::Warning, explained_by: &[Fault::ProxyRefused], after_s: NETWORK_GRACE_S,
        title: "The relay cannot be reached", next: "Ligand keeps trying; the platform queues messages where it can." },
    Row { fault: Fault::LinkUnverified, code: "link_unverified", severity: Severity::Warning, explained_by: &[Fault::RelayUnreachable], after_s: NETWORK_GRACE_S,
        title: "The link to the relay is silent", next: "Ligand dials again by itself." },
    Row { fault: Fault::AgentNotReady, code: "agent_not_ready", severity: Severity::Warning, explained_by: &[Fault::AgentDown, Fault::AgentCrashLoop], after_s: 0,
        title: "The agent does not answer", next: "Start the agent, or correct its URL in the profile." },
    Row { fault: Fault::AgentLacks, code: "agent_lacks", severity: Severity::Warning, explained_by: &[], after_s: 0,
        title: "The agent lacks what it needs", next: "Do what the detail says; Ligand looks again by itself." },
    Row { fault: Fault::AgentCrashLoop, code: "agent_crash_loop", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The agent ends again and again", next: "See what it says with `ligand logs --agent`, mend it, and run `ligand restart --agent`." },
    Row { fault: Fault::AgentDown, code: "agent_down", severity: Severity::Warning, explained_by: &[], after_s: START_GRACE_S,
        title: "The agent does not run", next: "Ligand keeps starting it. See what it says with `ligand logs --agent`." },
    Row { fault: Fault::SecretsMissing, code: "secrets_missing", severity: Severity::Warning, explained_by: &[Fault::TokenRefused, Fault::WorkspaceRemoved, Fault::NotAPlatform, Fault::LoginPage, Fault::ProxyRefused, Fault::Untrusted, Fault::PlatformUnreachable], after_s: 0,
        title: "The workspace's secrets cannot be fetched", next: "See the detail. The agent waits for them, unless its profile says without_secrets = \"start\"." },
    Row { fault: Fault::SecretsRefused, code: "secrets_refused", severity: Severity::Warning, explained_by: &[], after_s: 0,
        title: "The agent does not get all of the workspace's secrets", next: "Rename them on the platform, or list those that it shall get in the profile: agent.allow_env." },
    Row { fault: Fault::ExposureMissing, code: "exposure_missing", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The program that makes this laptop reachable is not installed", next: "Install it, so that it is on PATH where Ligand starts; Ligand looks again by itself. Or choose another way in with `ligand profile expose`." },
    Row { fault: Fault::ExposureLogin, code: "exposure_login", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The program that makes this laptop reachable wants an account", next: "Sign up with its service, give the program its token (`ngrok config add-authtoken TOKEN`), and run `ligand restart`." },
    Row { fault: Fault::ExposureLimited, code: "exposure_limited", severity: Severity::Warning, explained_by: &[], after_s: 0,
        title: "The service that makes this laptop reachable takes no more for now", next: "Ligand keeps trying, less and less often. End other programs that use the same service, or use a relay." },
    Row { fault: Fault::ExposureSilent, code: "exposure_silent", severity: Severity::Warning, explained_by: &[], after_s: 0,
        title: "The program that makes this laptop reachable tells no address", next: "Ligand starts it anew. Check that the network lets it out; what it says is in logs/exposure-PROFILE of the state folder." },
    Row { fault: Fault::ExposureCrashLoop, code: "exposure_crash_loop", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "The program that makes this laptop reachable ends again and again", next: "See what it says in logs/exposure-PROFILE of the state folder, mend it, and run `ligand restart`." },
    Row { fault: Fault::ExposureDown, code: "exposure_down", severity: Severity::Warning, explained_by: &[], after_s: NETWORK_GRACE_S,
        title: "The program that makes this laptop reachable does not work", next: "Ligand keeps it running and registers its next address by itself. What it says is in logs/exposure-PROFILE of the state folder." },
    Row { fault: Fault::ListenerTaken, code: "listener_taken", severity: Severity::Error, explained_by: &[], after_s: 0,
        title: "Something else listens where the doors are to be", next: "End it, or give the profile another address in exposure.listen and change what passes calls on to it." },
    Row { fault: Fault::SelfTestFailed, code: "self_test_failed", severity: Severity::Warning, explained_by: &[Fault::RelayUnreachable, Fault::RelayRefused, Fault::ExposureMissing, Fault::ExposureLogin, Fault::ExposureLimited, Fault::ExposureSilent, Fault::ExposureCrashLoop, Fault::ExposureDown, Fault::ListenerTaken], after_s: 0,
        title: "A call to our own public door did not arrive", next: "Check the public URL, the relay's or your own; Ligand tries again by itself." },
    Row { fault: Fault::NoWayIn, code: "no_way_in", severity: Severity::Error, explained_by: &[Fault::TokenRefused, Fault::NotAPlatform, Fault::LoginPage, Fault::ProxyRefused, Fault::Untrusted, Fault::OriginRefused, Fault::PlatformUnreachable], after_s: 0,
        title: "Messages have no way to reach this laptop", next: "Run `ligand-relay` on any host that the platform can reach, and name it in the profile: exposure.kind = \"relay\". Or install cloudflared or ngrok on this laptop: `ligand profile expose --cloudflared`." },
    Row { fault: Fault::JournalOff, code: "journal_off", severity: Severity::Warning, explained_by: &[], after_s: 0,
        title: "The journal of deliveries cannot be written", next: "Messages go on; what a crash interrupts is not remembered. See the detail, and free space or mend the file." },
    Row { fault: Fault::JournalBegun, code: "journal_begun", severity: Severity::Info, explained_by: &[], after_s: 0,
        title: "The journal of deliveries was damaged and begun anew", next: "What was answered before it is not known any more. The old file can be removed." },
    Row { fault: Fault::LoudClose, code: "loud_close", severity: Severity::Warning, explained_by: &[Fault::SelfTestFailed, Fault::RelayUnreachable, Fault::RelayRefused, Fault::RefusedWhileAway], after_s: 0,
        title: "Messages are refused, not queued, while this laptop is away", next: "Something between platform and relay answers for it: let the relay end TLS itself, or pass TCP through to it." },
    Row { fault: Fault::RefusedWhileAway, code: "refused_while_away", severity: Severity::Info, explained_by: &[], after_s: 0,
        title: "Messages sent while this laptop is away are refused, not queued", next: "That is so with every way in but a relay that ends TLS itself, and fetching. Use one of those if messages must wait." },
    Row { fault: Fault::SealedCard, code: "sealed_card", severity: Severity::Warning, explained_by: &[], after_s: 0,
        title: "Other A2A callers read an address in the agent's card that they cannot reach", next: "The card is signed, so Ligand leaves it alone: have the agent name the shared door's URL (`ligand door show`) in its card and sign that, or leave out the signature." },
    Row { fault: Fault::OpenDoor, code: "open_door", severity: Severity::Info, explained_by: &[], after_s: 0,
        title: "This platform sends no secret with its calls", next: "Anyone who learns the door's URL can call the agent. A newer platform closes this." },
    Row { fault: Fault::TokenShown, code: "token_shown", severity: Severity::Info, explained_by: &[], after_s: 0,
        title: "The relay is shown the workspace's token", next: "Whoever runs the relay could act as this workspace. To end that, leave token_to out of the profile's exposure and rotate the token." },
    Row { fault: Fault::VaultFile, code: "vault_file", severity: Severity::Info, explained_by: &[], after_s: 0,
        title: "Secrets are kept in a file", next: "There is no keychain here; the file can be read by you alone. Start a Secret Service to use one." },
];

/// The faults of the way to the platform, of which there is one at a time.
pub const ON_THE_WAY: [Fault; 6] = [
    Fault::PlatformUnreachable,
    Fault::ProxyRefused,
    Fault::NotAPlatform,
    Fault::LoginPage,
    Fault::Untrusted,
    Fault::OriginRefused,
];

/// The faults of the own listener and of what makes it reachable, of which there is one at a time.
pub const OF_THE_FRONT: [Fault; 7] = [
    Fault::ExposureMissing,
    Fault::ExposureLogin,
    Fault::ExposureLimited,
    Fault::ExposureSilent,
    Fault::ExposureCrashLoop,
    Fault::ExposureDown,
    Fault::ListenerTaken,
];

/// What is wrong now, since when (time awake), and what was seen.
#[derive(Debug, Default, Clone)]
pub struct Faults(BTreeMap<Fault, (Duration, Option<String>)>);

impl Faults {
    /// Says that a fault is there. Its beginning is kept while it lasts; its detail is the newest.
    pub fn raise(&mut self, fault: Fault, detail: Option<String>, now: Duration) {
        self.0.entry(fault).or_insert((now, None)).1 = detail;
    }

    /// Says that it is gone.
    pub fn clear(&mut self, fault: Fault) {
        self.0.remove(&fault);
    }

    /// Raises or clears by a condition, without detail.
    pub fn set(&mut self, fault: Fault, there: bool, now: Duration) {
        if there {
            self.raise(fault, None, now)
        } else {
            self.clear(fault)
        }
    }

    /// Whether it is there, shown or not.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.0.contains_key(&fault)
    }

    /// What to show at this time awake: nothing that another fault explains, nothing too young; worst first.
    #[must_use]
    pub fn shown(&self, now: Duration) -> Vec<HealthItem> {
        let mut items: Vec<HealthItem> = TABLE.iter().filter_map(|row| self.shown_row(row, now)).collect();
        items.sort_by_key(|item| item.severity);
        items
    }

    /// When, in time awake, the next fault that is still too young becomes visible.
    #[must_use]
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        TABLE
            .iter()
            .filter_map(|row| Some(self.0.get(&row.fault)?.0 + Duration::from_secs(row.after_s)))
            .filter(|at| *at > now)
            .min()
    }

    fn shown_row(&self, row: &Row, now: Duration) -> Option<HealthItem> {
        let (since, detail) = self.0.get(&row.fault)?;
        let old_enough = now.saturating_sub(*since) >= Duration::from_secs(row.after_s);
        let explained = row.explained_by.iter().any(|parent| self.has(*parent));
        (old_enough && !explained).then(|| HealthItem {
            code: row.code.to_owned(),
            severity: row.severity,
            title: row.title.to_owned(),
            detail: detail.clone(),
            next: row.next.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn codes(faults: &Faults, now: Duration) -> Vec<String> {
        faults.shown(now).into_iter().map(|item| item.code).collect()
    }

    #[test]
    fn a_short_outage_is_not_shown() {
        let mut faults = Faults::default();
        faults.raise(Fault::RelayUnreachable, None, s(100));
        assert!(codes(&faults, s(102)).is_empty());
        assert_eq!(faults.next_change(s(102)), Some(s(105)));
        assert_eq!(codes(&faults, s(105)), ["relay_unreachable"]);
        assert_eq!(faults.next_change(s(105)), None);
    }

    #[test]
    fn a_fault_that_another_explains_is_silent() {
        let mut faults = Faults::default();
        faults.raise(Fault::TokenRefused, None, s(0));
        faults.raise(Fault::WorkspaceRemoved, None, s(0));
        assert_eq!(codes(&faults, s(1)), ["workspace_removed"]);
    }

    #[test]
    fn raising_again_keeps_the_beginning_and_takes_the_newest_detail() {
        let mut faults = Faults::default();
        faults.raise(Fault::PlatformUnreachable, Some("old".into()), s(0));
        faults.raise(Fault::PlatformUnreachable, Some("new".into()), s(60));
        assert_eq!(faults.shown(s(60))[0].detail.as_deref(), Some("new"));
    }

    #[test]
    fn every_fault_has_one_row_and_every_code_is_its_own() {
        for (at, row) in TABLE.iter().enumerate() {
            let rest = &TABLE[at + 1..];
            assert!(
                rest.iter()
                    .all(|other| other.fault != row.fault && other.code != row.code),
                "{}",
                row.code
            );
            assert!(!row.title.is_empty() && row.next.ends_with('.'), "{}", row.code);
        }
    }

    #[test]
    fn the_worst_comes_first() {
        let mut faults = Faults::default();
        faults.raise(Fault::VaultFile, None, s(0));
        faults.raise(Fault::AgentNotReady, None, s(0));
        faults.raise(Fault::TokenRefused, None, s(0));
        assert_eq!(
            codes(&faults, s(0)),
            ["token_refused", "agent_not_ready", "vault_file"]
        );
    }
}
