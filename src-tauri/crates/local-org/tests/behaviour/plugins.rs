//! Plugins that agents download.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::json;

use crate::harness::{ADMIN, Org};

#[tokio::test]
async fn a_plugin_comes_as_an_archive_of_its_files_and_folders_and_links_stay_behind() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("plugins/greeter");
    std::fs::create_dir_all(plugin.join("skills/hello")).unwrap();
    std::fs::write(plugin.join("plugin.yaml"), "name: greeter\n").unwrap();
    std::fs::write(plugin.join("skills/hello/SKILL.md"), "Say hello.").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", plugin.join("passwd")).unwrap();
    let org = Org::start_as(tempfile::tempdir().unwrap(), |options| {
        options.plugins = Some(folder.path().join("plugins"));
    })
    .await;
    let workspace = org.create("Laptop").await;
    let path = |name: &str| format!("/workspaces/{}/plugins/{name}/download", workspace.id);

    let url = format!("{}{}", org.running.url(), path("greeter"));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let got = client
        .get(url)
        .bearer_auth(&workspace.token)
        .send()
        .await
        .unwrap();
    assert_eq!(got.status(), 200);
    for (name, value) in [
        ("content-type", "application/gzip"),
        ("content-disposition", "attachment; filename=\"greeter.tar.gz\""),
        ("x-plugin-name", "greeter"),
        ("x-plugin-source", "local://greeter"),
    ] {
        assert_eq!(got.headers()[name], value);
    }
    let archive = got.bytes().await.unwrap();
    let mut files = Vec::new();
    let mut archive = tar::Archive::new(GzDecoder::new(&archive[..]));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let (path, mut text) = (entry.path().unwrap().display().to_string(), String::new());
        entry.read_to_string(&mut text).unwrap();
        if entry.header().entry_type().is_file() {
            files.push((path, text));
        }
    }
    files.sort();
    let wanted = [
        ("plugin.yaml", "name: greeter\n"),
        ("skills/hello/SKILL.md", "Say hello."),
    ];
    let wanted = wanted.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(files, wanted);

    for (name, status, error) in [
        ("other", 404, "failed to fetch plugin from local"),
        ("a..b", 400, "invalid plugin name"),
        ("%2e%2e%2fplugins", 400, "invalid plugin name"),
        ("greeter?source=git://x", 400, "invalid plugin source"),
        (
            "other?source=local://greeter",
            400,
            "source resolved to plugin \"greeter\" but URL requested \"other\"",
        ),
    ] {
        let refused = org
            .get(&path(name).replace("/download", ""))
            .bearer(ADMIN)
            .send()
            .await;
        assert_eq!(refused.status, 404, "there is nothing at the plugin itself");
        let (name, query) = name.split_once('?').unwrap_or((name, ""));
        let asked = format!("{}?{query}", path(name));
        let refused = org.get(&asked).bearer(&workspace.token).send().await;
        assert_eq!(
            (refused.status, &refused.body["error"]),
            (status, &json!(error)),
            "{name}"
        );
    }
    let install = format!("/workspaces/{}/plugins", workspace.id);
    let install = org
        .post(&install)
        .bearer(&workspace.token)
        .json(json!({"source": "local://greeter"}));
    assert_eq!(install.send().await.status, 503, "there is no container");
}
