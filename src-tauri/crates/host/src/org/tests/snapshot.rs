//! The last picture on the disk.

use std::{fs, sync::Arc};

use uuid::Uuid;

use crate::org::{Org, OrgWorkspace, Snapshot};

const OURS: Uuid = Uuid::from_u128(1);

#[test]
fn the_last_picture_comes_back_as_one_of_the_past_and_to_its_own_workspace_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("org").join("home.json");
    let org = Org {
        live: true,
        revision: 77,
        history: 5,
        approvals: Some(Vec::new()),
        as_of: Some("then".into()),
        workspaces: vec![Arc::new(OrgWorkspace::named(1, "Ours", "online"))],
        ..Org::unknown("home".into(), "")
    };
    let kept = Snapshot {
        workspace: OURS,
        org: &org,
    };
    kept.write(&path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let read = Snapshot::read(&path, "home", OURS).unwrap();
    assert!(read.from_snapshot && !read.live && read.note.is_some());
    assert_eq!((read.revision, read.history, read.approvals), (0, 0, None));
    assert_eq!(read.as_of.as_deref(), Some("then"));
    assert_eq!(read.workspaces, org.workspaces);
    assert!(Snapshot::read(&path, "home", Uuid::from_u128(2)).is_none());
    assert!(Snapshot::read(&path, "work", OURS).is_none());
    fs::write(&path, b"{\"workspace\":").unwrap();
    assert!(Snapshot::read(&path, "home", OURS).is_none());
    assert!(Snapshot::read(&folder.path().join("none"), "home", OURS).is_none());
}
