//! Diagnostics tell how everything is, and nothing that is nobody's business.

use std::fs;
use std::io::Read;
use std::path::Path;

use ligand_e2e::{Era, Host, Stage, TestAgent, ligand};
use zip::ZipArchive;

/// The files in a zip, with their texts.
fn unpacked(path: &Path) -> Vec<(String, String)> {
    let mut zip = ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

#[tokio::test]
async fn no_secret_no_door_and_no_message_is_left_in_diagnostics() {
    const MESSAGE: &str = "the-recipe-of-the-sauce";
    const PASSWORD: &str = "proxy-hush-hush";
    const AGENTS: &str = "the-agents-own-secret";
    let stage = Stage::set(Era::L).await;
    stage.org.set_secret(&stage.workspace, "AGENT_KEY", AGENTS).await;
    let agent = TestAgent::start().await;
    let mut profile = stage.profile();
    profile.agent = Some(agent.url().to_owned());
    profile.shared = true;
    let mut variables = Host::file_vault();
    variables.push(("LIGAND_PROXY_LOGIN".to_owned(), format!("ada:{PASSWORD}")));
    Host::prepare(&stage.scratch, &profile, &stage.workspace, &variables).await;
    let host = Host::up(&stage.scratch, variables.clone());
    host.online().await;
    host.ligand(&["deliveries", "record", "on"]).await;
    assert!(host.ligand(&["send", MESSAGE]).await.status.success());

    let mut secrets = stage.vault_secrets();
    assert!(secrets.contains(&stage.workspace.token));
    for slot in ["platform", "shared"] {
        let door = host.door(slot).await;
        secrets.push(door.rsplit('/').next().unwrap().to_owned());
        secrets.push(door);
    }
    secrets.extend([MESSAGE, PASSWORD, AGENTS, stage.org.admin()].map(str::to_owned));

    let file = stage.scratch.path("out/diagnostics.zip");
    let out = file.display().to_string();
    let said = host.ligand(&["diagnostics", "--out", &out]).await;
    assert!(said.status.success(), "{said:?}");
    let summary = host.ligand(&["diagnostics"]).await.stdout;
    assert!(
        summary.contains("Online") && summary.contains("Checks ("),
        "{summary}"
    );
    let mut texts = unpacked(&file);
    for wanted in [
        "README.txt",
        "summary.txt",
        "status.json",
        "config.json",
        "host.log",
    ] {
        let text = texts.iter().find(|(name, _)| name == wanted);
        assert!(
            text.is_some_and(|(_, text)| text.len() > 50),
            "{wanted} is missing or empty"
        );
    }
    texts.push(("the clipboard".to_owned(), summary));
    for secret in &secrets {
        for (name, text) in &texts {
            assert!(!text.contains(secret.as_str()), "{secret} is in {name}");
        }
    }

    // Without a host it is this command that looks.
    assert!(host.ligand(&["down"]).await.status.success());
    let said = ligand(&stage.scratch, &variables, &["diagnostics", "--out", &out], "").await;
    assert!(said.status.success(), "{said:?}");
    for (name, text) in unpacked(&file) {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is in {name}");
        }
    }
}
