//! Installing from files, and the archives that tests are made of.

use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

use super::{folder::Staging, *};
use crate::files::UNFINISHED;

/// Packs archives as no honest packer would.
pub(super) struct Packer(Builder<Vec<u8>>);

impl Default for Packer {
    fn default() -> Self {
        Self(Builder::new(Vec::new()))
    }
}

impl Packer {
    /// An entry with this name as it is, and a header that is changed at will.
    pub(super) fn with(mut self, name: &str, change: impl FnOnce(&mut Header), content: &str) -> Self {
        let mut header = Header::new_gnu();
        let room = &mut header.as_old_mut().name;
        let length = name.len().min(room.len());
        room[..length].copy_from_slice(&name.as_bytes()[..length]);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(EntryType::Regular);
        change(&mut header);
        header.set_cksum();
        self.0.append(&header, content.as_bytes()).unwrap();
        self
    }

    pub(super) fn file(self, name: &str, content: &str) -> Self {
        self.with(name, |_| {}, content)
    }

    /// The same: the name is not looked at in any way.
    pub(super) fn raw(self, name: &str, content: &str) -> Self {
        self.file(name, content)
    }

    pub(super) fn folder(self, name: &str) -> Self {
        let folder = |header: &mut Header| {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(0o755);
        };
        self.with(name, folder, "")
    }

    /// A harmless name, and before it the true one as GNU writes long names.
    pub(super) fn long(self, name: &str, content: &str) -> Self {
        let long = |header: &mut Header| header.set_entry_type(EntryType::GNULongName);
        self.with("././@LongLink", long, &format!("{name}\0"))
            .file("harmless", content)
    }

    /// A harmless name, and before it the true one as POSIX writes long names.
    pub(super) fn pax(mut self, name: &str, content: &str) -> Self {
        self.0.append_pax_extensions([("path", name.as_bytes())]).unwrap();
        self.file("harmless", content)
    }

    pub(super) fn packed(self) -> Vec<u8> {
        use std::io::Write;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&self.0.into_inner().unwrap()).unwrap();
        gzip.finish().unwrap()
    }
}

/// Folders of a host with one profile.
struct Scene {
    root: tempfile::TempDir,
    places: Places,
    profile: ProfileName,
}

impl Scene {
    fn set() -> Self {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            config: root.path().join("config.toml"),
            state: root.path().join("state"),
            runtime: root.path().join("run"),
        };
        std::fs::create_dir(&places.state).unwrap();
        let config = "version = 1\n[profile.home]\nplatform = \"http://127.0.0.1:9\"\n\
                      workspace = \"7d0f0f0e-0000-4000-8000-000000000001\"\n[profile.home.agent]\nkind = \"echo\"\n\
                      [profile.home.exposure]\nkind = \"poll\"\n";
        std::fs::write(&places.config, config).unwrap();
        Self {
            root,
            places,
            profile: "home".parse().unwrap(),
        }
    }

    async fn install(&self, packed: &[u8]) -> Result<Plugin, PluginError> {
        let path = self.root.path().join("given.tar.gz");
        std::fs::write(&path, packed).unwrap();
        install(&self.places, None, &self.profile, &PluginSource::File { path }).await
    }

    /// Everything below the state folder.
    fn listing(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.places.state, &mut found);
        found.sort();
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        found.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), found);
        }
    }
}

fn greeter() -> Packer {
    Packer::default()
        .file("plugin.yaml", "name: greeter\nversion: 1.2\n")
        .file("skills/hello/SKILL.md", "Say hello.")
}

#[tokio::test]
async fn a_plugin_is_installed_listed_and_removed_whole() {
    let scene = Scene::set();
    let before = scene.listing();
    let packed = greeter().file("setup.sh", "exit 0").packed();
    let plugin = scene.install(&packed).await.unwrap();
    assert_eq!(
        (plugin.name.as_str(), plugin.version.as_deref()),
        ("greeter", Some("1.2"))
    );
    assert_eq!((plugin.files, plugin.setup), (3, SetupState::NotRun));
    assert!(!plugin.declared);
    assert!(plugin.source.starts_with("file:///"), "{}", plugin.source);
    let files = folder(&scene.places, &scene.profile, &plugin.name);
    let skill = std::fs::read_to_string(files.join("skills/hello/SKILL.md")).unwrap();
    assert_eq!(skill, "Say hello.");

    let again = scene.install(&packed).await.unwrap_err();
    assert_eq!(again.code(), "plugin_installed");
    note_setup(&scene.places, &scene.profile, &plugin.name, SetupState::Done).unwrap();
    let listed = list(&scene.places, &scene.profile).unwrap();
    let done = Plugin {
        setup: SetupState::Done,
        ..plugin.clone()
    };
    assert_eq!(listed, [done]);

    remove(&scene.places, &scene.profile, &plugin.name).unwrap();
    assert_eq!(scene.listing(), before, "nothing is left");
    let gone = remove(&scene.places, &scene.profile, &plugin.name).unwrap_err();
    assert_eq!(gone.code(), "no_such_plugin");
    assert_eq!(list(&scene.places, &scene.profile).unwrap(), []);
}

#[tokio::test]
async fn a_hostile_archive_leaves_nothing_behind() {
    let scene = Scene::set();
    scene.install(&greeter().packed()).await.unwrap();
    let before = scene.listing();
    let kind = |kind| move |header: &mut Header| header.set_entry_type(kind);
    let mode = |mode| move |header: &mut Header| header.set_mode(mode);
    let other = || Packer::default().file("plugin.yaml", "name: other\n");
    let whole = other().file("a", &"text ".repeat(1000)).packed();
    let cut = whole[..whole.len() - 20].to_vec();
    let nowhere = |packer: Packer| packer.packed();
    let archives: Vec<(&str, Vec<u8>, &str)> = vec![
        ("absolute", nowhere(other().raw("/tmp/x", "")), "absolute path"),
        ("parent", nowhere(other().raw("../x", "")), "\"..\""),
        (
            "symlink",
            nowhere(other().with("x", kind(EntryType::Symlink), "")),
            "symbolic link",
        ),
        (
            "hard link",
            nowhere(other().with("x", kind(EntryType::Link), "")),
            "hard link",
        ),
        (
            "device",
            nowhere(other().with("x", kind(EntryType::Char), "")),
            "device",
        ),
        (
            "pipe",
            nowhere(other().with("x", kind(EntryType::Fifo), "")),
            "named pipe",
        ),
        ("setuid", nowhere(other().with("x", mode(0o4755), "")), "setuid"),
        ("setgid", nowhere(other().with("x", mode(0o2755), "")), "setgid"),
        (
            "case",
            nowhere(other().file("a", "").file("A", "")),
            "upper and lower case",
        ),
        ("twice", nowhere(other().file("a", "").file("a", "")), "twice"),
        ("reserved", nowhere(other().file("aux.md", "")), "Windows"),
        (
            "long",
            nowhere(other().long(&"a".repeat(500), "")),
            "more than 150 bytes",
        ),
        ("cut", cut, "damaged"),
        ("no plugin", nowhere(Packer::default().file("a", "")), "missing"),
        (
            "not yaml",
            nowhere(Packer::default().file("plugin.yaml", "name: [")),
            "YAML",
        ),
        ("html", b"<!doctype html>".to_vec(), "no gzipped tar"),
    ];
    for (what, packed, word) in archives {
        let error = scene.install(&packed).await.unwrap_err().to_string();
        assert!(error.contains(word), "{what}: {error}");
        assert!(!error.contains(char::is_control), "{what}: {error}");
        assert_eq!(scene.listing(), before, "{what}");
    }
}

#[tokio::test]
async fn the_first_failure_does_not_leave_the_folder_of_plugins() {
    let scene = Scene::set();
    let before = scene.listing();
    scene.install(b"nothing").await.unwrap_err();
    let nowhere = PluginSource::File {
        path: scene.root.path().join("nowhere.tgz"),
    };
    install(&scene.places, None, &scene.profile, &nowhere)
        .await
        .unwrap_err();
    let stranger = "stranger".parse().unwrap();
    let error = install(&scene.places, None, &stranger, &nowhere)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "config");
    assert_eq!(scene.listing(), before);
}

#[tokio::test]
async fn a_declared_hash_is_checked_and_said_where_it_is_wrong() {
    let scene = Scene::set();
    let plain = scene.install(&greeter().packed()).await.unwrap();
    remove(&scene.places, &scene.profile, &plain.name).unwrap();
    let declaring = |hash: &str, skill: &str| {
        let manifest = format!("name: greeter\nsha256: {hash}\n");
        Packer::default()
            .file("plugin.yaml", &manifest)
            .file("skills/hello/SKILL.md", skill)
            .packed()
    };
    let changed = declaring(&plain.sha256, "Say goodbye.");
    let error = scene.install(&changed).await.unwrap_err();
    assert_eq!(error.code(), "plugin_content");
    assert!(error.to_string().contains(&plain.sha256), "{error}");
    let whole = scene
        .install(&declaring(&plain.sha256, "Say hello."))
        .await
        .unwrap();
    assert!(whole.declared);
    assert_eq!(whole.sha256, plain.sha256);
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept_and_plugins_stay() {
    let scene = Scene::set();
    scene.install(&greeter().packed()).await.unwrap();
    let before = scene.listing();
    let staging = Staging::make(&scene.places, &scene.profile).unwrap();
    std::fs::write(staging.archive(), "half").unwrap();
    // As kill -9 would.
    std::mem::forget(staging);
    let is_left = |path: &PathBuf| path.to_string_lossy().contains(UNFINISHED);
    assert!(scene.listing().iter().any(is_left));
    assert_eq!(
        list(&scene.places, &scene.profile).unwrap().len(),
        1,
        "it is no plugin meanwhile"
    );
    sweep(&scene.places).unwrap();
    assert_eq!(scene.listing(), before);
}

#[tokio::test]
async fn a_plugin_of_the_platforms_needs_the_token_and_says_so() {
    let scene = Scene::set();
    let before = scene.listing();
    let source = PluginSource::Name {
        name: "greeter".parse().unwrap(),
    };
    let error = install(&scene.places, None, &scene.profile, &source)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "no_token");
    assert_eq!(scene.listing(), before);
}
