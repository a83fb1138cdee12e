//! The API's types in TypeScript, for the pages: `ui/src/generated`, one file per type.
//!
//! A test fails when a file differs from its Rust type, is missing, or has none any more. To write them anew:
//! `cargo test -p ligand-host --lib export_bindings -- --ignored`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use ts_rs::{Config, TS, TypeVisitor};

use crate::{
    control::{
        Added, AgentList, Arranged, AskAdmin, CurlText, DelegateToPeer, DeliveryList, DeliveryNews, DoorList,
        ErrorReply, LogLines, MuteWorkspace, Muted, PauseNotifications, PluginList, Say, SendText,
        SendToPeer, SetRecording,
    },
    deliveries::{DeliveryDetail, Recording, Replayed},
    diagnostics::{DiagnosticsFile, DiagnosticsText},
    doctor::DoctorReport,
    host::{Delegation, PeerList, Sent, SentToPeer},
    login_item::LoginItem,
    notify::NotificationSettings,
    org::{Message, Org, OrgCalls, OrgChange, OrgHistory, Rearrange, Thread, WorkspaceDetail},
    settings::{ChangeExposure, ChangeGeneral, ChangeUpdateUrl, RenameProfile, Settings, TraceList},
    status::Status,
};

/// What to do when they differ.
const MEND: &str =
    "run `cargo test -p ligand-host --lib export_bindings -- --ignored`, and look at what changed";

/// Types in TypeScript, by file name.
#[derive(Default)]
struct Files {
    config: Config,
    files: BTreeMap<String, String>,
}

impl TypeVisitor for Files {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let Some(path) = T::output_path() else { return };
        let name = path.to_str().unwrap().to_owned();
        if self.files.contains_key(&name) {
            return;
        }
        self.files
            .insert(name, T::export_to_string(&self.config).unwrap());
        T::visit_dependencies(self);
    }
}

/// What the routes for faces take and give, with everything in it.
fn wanted() -> BTreeMap<String, String> {
    let mut files = Files::default();
    files.visit::<Status>();
    files.visit::<Org>();
    files.visit::<OrgChange>();
    files.visit::<OrgHistory>();
    files.visit::<OrgCalls>();
    files.visit::<WorkspaceDetail>();
    files.visit::<Thread>();
    files.visit::<Message>();
    files.visit::<Say>();
    files.visit::<Arranged>();
    files.visit::<Rearrange>();
    files.visit::<SendText>();
    files.visit::<Sent>();
    files.visit::<PeerList>();
    files.visit::<SendToPeer>();
    files.visit::<SentToPeer>();
    files.visit::<DelegateToPeer>();
    files.visit::<Delegation>();
    files.visit::<PluginList>();
    files.visit::<Added>();
    files.visit::<AgentList>();
    files.visit::<DoctorReport>();
    files.visit::<DoorList>();
    files.visit::<DeliveryList>();
    files.visit::<DeliveryDetail>();
    files.visit::<LogLines>();
    files.visit::<DeliveryNews>();
    files.visit::<Recording>();
    files.visit::<SetRecording>();
    files.visit::<Replayed>();
    files.visit::<CurlText>();
    files.visit::<Settings>();
    files.visit::<ChangeGeneral>();
    files.visit::<ChangeUpdateUrl>();
    files.visit::<ChangeExposure>();
    files.visit::<RenameProfile>();
    files.visit::<TraceList>();
    files.visit::<DiagnosticsText>();
    files.visit::<DiagnosticsFile>();
    files.visit::<LoginItem>();
    files.visit::<NotificationSettings>();
    files.visit::<PauseNotifications>();
    files.visit::<MuteWorkspace>();
    files.visit::<Muted>();
    files.visit::<AskAdmin>();
    files.visit::<ErrorReply>();
    files.files
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/generated")
}

fn on_disk() -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder()) else {
        return BTreeMap::new();
    };
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        // A checkout on Windows may have other line ends.
        let text = fs::read_to_string(entry.path()).unwrap().replace("\r\n", "\n");
        (name, text)
    };
    entries.map(Result::unwrap).map(read).collect()
}

#[test]
fn the_pages_know_the_types_as_they_are() {
    let (wanted, found) = (wanted(), on_disk());
    let missing: Vec<_> = wanted.keys().filter(|name| !found.contains_key(*name)).collect();
    let left_over: Vec<_> = found.keys().filter(|name| !wanted.contains_key(*name)).collect();
    let changed: Vec<_> = wanted
        .iter()
        .filter(|(name, text)| found.get(*name).is_some_and(|found| found != *text))
        .map(|(name, _)| name)
        .collect();
    assert!(
        missing.is_empty() && left_over.is_empty() && changed.is_empty(),
        "missing: {missing:?}, left over: {left_over:?}, changed: {changed:?}; {MEND}"
    );
}

#[test]
#[ignore = "writes into the checkout"]
fn export_bindings() {
    let folder = folder();
    fs::create_dir_all(&folder).unwrap();
    let wanted = wanted();
    for name in on_disk().keys().filter(|name| !wanted.contains_key(*name)) {
        fs::remove_file(folder.join(name)).unwrap();
    }
    for (name, text) in wanted {
        fs::write(folder.join(name), text).unwrap();
    }
}
