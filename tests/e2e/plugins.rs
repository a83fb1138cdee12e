//! Plugins: fetched from the platform, an address or a file, and unpacked whole or not at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream::{self, StreamExt as _};
use ligand_e2e::{Era, Host, LocalOrg, Profile, Relay, Said, Scratch, Workspace, ligand, until};
use tokio::net::TcpListener;

/// A script that leaves a mark where it is run.
const SETUP: &str = "touch marked\necho \u{1b}[2Jhidden\n";

/// An org with a plugin, and a profile of a workspace in it.
struct Scene {
    org: LocalOrg,
    relay: Relay,
    workspace: Workspace,
    scratch: Scratch,
}

impl Scene {
    async fn set(era: Era) -> Self {
        let scratch = Scratch::new();
        let plugin = scratch.path("plugins/greeter");
        fs::create_dir_all(plugin.join("skills/hello")).unwrap();
        fs::write(plugin.join("plugin.yaml"), "name: greeter\nversion: 1.2\n").unwrap();
        fs::write(plugin.join("skills/hello/SKILL.md"), "Say hello.").unwrap();
        fs::write(plugin.join("setup.sh"), SETUP).unwrap();
        let plugins = scratch.path("plugins").display().to_string();
        let org = LocalOrg::start_with(&scratch, era, &["--plugins", &plugins]).await;
        let relay = Relay::start_with(&scratch, org.url(), &[]).await;
        let workspace = org.create("Laptop").await;
        let scene = Self {
            org,
            relay,
            workspace,
            scratch,
        };
        Host::prepare(
            &scene.scratch,
            &scene.profile(),
            &scene.workspace,
            &Host::file_vault(),
        )
        .await;
        scene
    }

    fn profile(&self) -> Profile {
        Profile::new(&self.org, &self.workspace, &self.relay)
    }

    async fn ligand(&self, arguments: &[&str]) -> Said {
        ligand(&self.scratch, &Host::file_vault(), arguments, "y\n").await
    }

    fn plugins(&self) -> PathBuf {
        self.scratch.path("state/plugins")
    }

    /// Installs, looks at everything, and removes.
    async fn a_plugin_comes_and_goes(&self) {
        let said = self.ligand(&["plugin", "install", "greeter"]).await;
        assert_eq!(said.code(), Some(0), "{said:?}");
        assert!(
            said.stdout
                .contains("Installed greeter 1.2 from local://greeter: 3 files"),
            "{said:?}"
        );
        assert!(
            said.stdout
                .contains("  | touch marked\n  | echo \\u{1b}[2Jhidden\n"),
            "{said:?}"
        );
        assert!(
            said.stdout.contains("was not run: there is no terminal"),
            "{said:?}"
        );
        let files = self.plugins().join("home/greeter/files");
        assert_eq!(
            fs::read_to_string(files.join("skills/hello/SKILL.md")).unwrap(),
            "Say hello."
        );
        assert!(
            !files.join("marked").exists(),
            "a script was run that nobody had said yes to"
        );

        let listed = self.ligand(&["plugin", "list"]).await.stdout;
        assert!(
            listed.contains("greeter 1.2") && listed.contains("setup.sh was not run"),
            "{listed}"
        );
        let again = self.ligand(&["plugin", "install", "greeter"]).await;
        assert!(again.stderr.contains("installed already"), "{again:?}");
        let removed = self.ligand(&["plugin", "remove", "greeter"]).await;
        assert_eq!(removed.code(), Some(0), "{removed:?}");
        assert!(!self.plugins().exists(), "something is left");
        let gone = self.ligand(&["plugin", "remove", "greeter"]).await;
        assert_eq!(gone.code(), Some(1), "{gone:?}");
        let other = self.ligand(&["plugin", "install", "other"]).await;
        assert!(other.stderr.contains("failed to fetch plugin"), "{other:?}");
        assert!(!self.plugins().exists(), "something is left");
    }
}

#[tokio::test]
async fn a_plugin_of_the_platform_comes_and_goes_with_a_host_and_without_in_the_earlier_era() {
    let scene = Scene::set(Era::S).await;
    scene.a_plugin_comes_and_goes().await;
    let _host = Host::up(&scene.scratch, Host::file_vault());
    scene.a_plugin_comes_and_goes().await;
}

#[tokio::test]
async fn a_plugin_of_the_platform_comes_and_goes_with_a_host_and_without_in_the_later_era() {
    let scene = Scene::set(Era::L).await;
    scene.a_plugin_comes_and_goes().await;
    let _host = Host::up(&scene.scratch, Host::file_vault());
    scene.a_plugin_comes_and_goes().await;
}

#[tokio::test]
async fn a_plugin_is_not_given_to_a_workspace_whose_token_was_revoked() {
    let scene = Scene::set(Era::L).await;
    scene.org.revoke_tokens(&scene.workspace).await;
    let said = scene.ligand(&["plugin", "install", "greeter"]).await;
    assert!(said.stderr.contains("401"), "{said:?}");
    assert!(!said.stderr.contains(&scene.workspace.token), "{said:?}");
    assert!(!scene.plugins().exists(), "something is left");
}

/// Serves a body at every path of an address of this machine.
async fn served(body: impl Fn() -> Body + Clone + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/plugin.tar.gz", listener.local_addr().unwrap());
    let router = Router::new().fallback(async move || body());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// An archive of a plugin, and one thing more in it.
fn archive(kind: tar::EntryType, name: &str, mode: u32) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    let mut add = |kind, name: &str, mode, content: &str| {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        if kind == tar::EntryType::Symlink {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        archive.append(&header, content.as_bytes()).unwrap();
    };
    add(tar::EntryType::Regular, "plugin.yaml", 0o644, "name: hostile\n");
    add(kind, name, mode, "");
    let mut gzip = archive.into_inner().unwrap();
    gzip.flush().unwrap();
    gzip.finish().unwrap()
}

#[tokio::test]
async fn a_hostile_archive_from_an_address_or_a_file_is_refused_and_leaves_nothing_behind() {
    let scene = Scene::set(Era::L).await;
    let _host = Host::up(&scene.scratch, Host::file_vault());
    let home = scene.scratch.files("home");
    for (kind, name, mode, word) in [
        (
            tar::EntryType::Regular,
            "/tmp/ligand-hostile",
            0o644,
            "absolute path",
        ),
        (tar::EntryType::Regular, "../../hostile", 0o644, "\"..\""),
        (tar::EntryType::Symlink, "link", 0o777, "symbolic link"),
        (tar::EntryType::Fifo, "pipe", 0o644, "named pipe"),
        (tar::EntryType::Regular, "root", 0o4755, "setuid"),
        (
            tar::EntryType::Regular,
            "PLUGIN.YAML",
            0o644,
            "upper and lower case",
        ),
    ] {
        let packed = archive(kind, name, mode);
        let file = scene.scratch.path("hostile.tgz");
        fs::write(&file, &packed).unwrap();
        let url = served(move || packed.clone().into()).await;
        for from in [&url, file.to_str().unwrap()] {
            let said = scene.ligand(&["plugin", "install", from]).await;
            assert_eq!(said.code(), Some(1), "{said:?}");
            assert!(said.stderr.contains(word), "{said:?}");
            assert!(!scene.plugins().exists(), "{name} has left something");
        }
    }
    assert_eq!(scene.scratch.files("home"), home);
    assert!(!Path::new("/tmp/ligand-hostile").exists());
    let fine = archive(tar::EntryType::Regular, "harmless", 0o644);
    let url = served(move || fine.clone().into()).await + "?signature=hush#there";
    let said = scene.ligand(&["plugin", "install", &url]).await;
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(!said.stdout.contains("hush"), "{said:?}");
    assert!(scene.scratch.files_with("state/plugins", "hush").is_empty());
}

#[tokio::test]
async fn what_a_killed_host_was_fetching_is_swept_at_the_next_start() {
    let scene = Scene::set(Era::L).await;
    let mut host = Host::up(&scene.scratch, Host::file_vault());
    host.online().await;
    let endless = || {
        let first = stream::iter([Ok::<_, std::convert::Infallible>("beginning")]);
        Body::from_stream(first.chain(stream::pending()))
    };
    let url = served(endless).await;
    let _asking = host.start(&["plugin", "install", &url]);
    until("it is being fetched", Duration::from_secs(20), async || {
        let begun = scene.scratch.files_with("state/plugins", "beginning");
        (!begun.is_empty()).then_some(())
    })
    .await;
    host.process.kill();
    assert!(scene.plugins().exists());

    let host = Host::up(&scene.scratch, Host::file_vault());
    host.online().await;
    assert!(scene.scratch.files("state/plugins").is_empty());
}
