//! The hand of somebody who knows the way to a new workspace, and takes it again and again with the mouse.

use std::time::Duration;

use ligand_e2e::desktop::{Desk, PAINTED_WITHIN, Page};
use ligand_e2e::{Scratch, now};
use serde_json::json;

use crate::dialog::{DIALOG, YES};

/// How often the page is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The hand, laid on a page.
pub(crate) struct Hand<'a>(pub(crate) &'a Page);

impl Hand<'_> {
    /// Begins anew, at the door of that name: `paste`, `create` or `try`.
    pub(crate) async fn begin(&self, door: &str) {
        self.0.run("location.hash = '#/about'").await;
        self.0.shows(".about-name", "", PAINTED_WITHIN).await;
        self.0.run("location.hash = '#/welcome'").await;
        self.choose(door).await;
        self.go_on().await;
    }

    /// Pastes the block of a workspace of the platform at that address.
    pub(crate) async fn paste(&self, platform: &str, id: &str, token: &str) {
        let block = json!({ "platform_url": platform, "workspace_id": id, "auth_token": token });
        self.0
            .shows("h1", "Paste the connection block", PAINTED_WITHIN)
            .await;
        self.0.paste_into("textarea", &block.to_string()).await;
        self.go_on().await;
    }

    /// Names the platform, the org's key and the new workspace.
    pub(crate) async fn name(&self, platform: &str, key: &str, workspace: &str) {
        self.fill("Platform’s address", platform).await;
        self.fill("Org key", key).await;
        self.fill("Name of the workspace", workspace).await;
        self.go_on().await;
    }

    /// Goes on to the last step with what is chosen already: an agent that echoes, and the way that Ligand finds.
    pub(crate) async fn go_on_to_the_end(&self) {
        self.0.shows("h1", "What answers?", PAINTED_WITHIN).await;
        self.go_on().await;
        self.0.shows("h1", "How do messages", PAINTED_WITHIN).await;
        self.go_on().await;
    }

    /// Chooses the card of that value.
    pub(crate) async fn choose(&self, value: &str) {
        let script = format!(
            "const card = document.querySelector('input[type=radio][value=' + JSON.stringify({}) + ']'); \
             card?.click(); return card?.checked ?? false",
            json!(value)
        );
        self.0
            .until(&format!("{value} is chosen"), PAINTED_WITHIN, &script)
            .await;
    }

    /// The same, and writes into the fields that come with it.
    pub(crate) async fn choose_and_fill(&self, value: &str, fields: &[(&str, &str)]) {
        self.choose(value).await;
        for (name, text) in fields {
            self.fill(name, text).await;
        }
    }

    /// Writes that into the field of that name, in place of what is there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let script = format!(
            "const field = [...document.querySelectorAll('label')].find((one) => one.innerText.startsWith({}))?.control; \
             if (!field) return false; \
             Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value').set.call(field, {}); \
             field.dispatchEvent(new Event('input', {{ bubbles: true }})); return true",
            json!(name),
            json!(text)
        );
        self.0
            .until(&format!("there is {name}"), PAINTED_WITHIN, &script)
            .await;
    }

    /// Goes on to the next step.
    pub(crate) async fn go_on(&self) {
        self.push("Continue").await;
    }

    /// Presses the button of that name, and says yes in the dialog on that desktop.
    pub(crate) async fn push_and_confirm(&self, button: &str, desk: &Desk, scratch: &Scratch) {
        self.push(button).await;
        desk.press(scratch, DIALOG, YES).await;
    }

    /// Presses the button of that name, once it can be pressed.
    pub(crate) async fn push(&self, name: &str) {
        let script = format!(
            "const named = (one) => one.innerText.trim() === {} && !one.disabled; \
             const button = [...document.querySelectorAll('button')].find(named); \
             button?.click(); return Boolean(button)",
            json!(name)
        );
        self.0
            .until(&format!("{name} can be pressed"), PAINTED_WITHIN, &script)
            .await;
    }

    /// What the selector finds says all this.
    pub(crate) async fn is_told(&self, selector: &str, words: &[&str]) {
        let script = format!(
            "return document.querySelector({})?.innerText ?? ''",
            json!(selector)
        );
        let begun = now();
        loop {
            let told = self.0.run(&script).await;
            let told = told.as_str().unwrap_or_default();
            if words.iter().all(|words| told.contains(words)) {
                return;
            }
            assert!(
                begun.elapsed() < PAINTED_WITHIN,
                "{words:?} is not told, but {told:?}; the page shows: {}",
                self.0.text().await
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
