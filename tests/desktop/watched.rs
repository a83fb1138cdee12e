//! The Canvas in a browser, of a laptop that sees the whole of its stage's org.

use std::time::Duration;

use ligand_e2e::desktop::{PAINTED_WITHIN, Page};
use ligand_e2e::{Host, Stage, Variables};
use serde_json::{Value, json};

use crate::story::node;
use crate::web::web_address;

/// The host, and the page that shows its Canvas.
pub(crate) struct Watched<'a> {
    pub(crate) host: Host<'a>,
    pub(crate) page: Page,
    /// The laptop's own workspace.
    pub(crate) ours: String,
}

/// The name of the laptop's own workspace.
pub(crate) const OURS: &str = "Ada’s laptop";

impl<'a> Watched<'a> {
    /// Makes the laptop's workspace with the org's key, and opens the page, on which it is online.
    pub(crate) async fn open(stage: &'a Stage, agent: Option<&str>, more: Variables) -> Self {
        let variables = [Host::file_vault(), more].concat();
        Host::create(stage, OURS, agent, &variables).await;
        let mut host = Host::up_with(&stage.scratch, variables, &["--web", "127.0.0.1:0"]);
        let address = web_address(&mut host.process).await;
        let ours = host.online().await["workspace"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let page = Page::browser(&stage.scratch, &address).await;
        page.shows(&node(&ours), OURS, PAINTED_WITHIN).await;
        Self { host, page, ours }
    }

    /// Waits until the row of a workspace shows that.
    pub(crate) async fn row_shows(&self, id: &str, text: &str, within: Duration) {
        self.page.shows(&row(id), text, within).await;
    }

    /// Waits until these workspaces have a row each, and nobody else has.
    pub(crate) async fn rows_are(&self, ids: &[&str], within: Duration) {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        let script = format!(
            "return [...document.querySelectorAll('[data-row]')].map((row) => row.dataset.row).sort().join() === {}",
            json!(ids.join(","))
        );
        let what = format!("the rows are those of {ids:?}");
        self.page.until(&what, within, &script).await;
    }

    /// What a workspace's node is called for the ear; nothing where it has none.
    pub(crate) async fn label(&self, id: &str) -> String {
        let script = format!(
            "return document.querySelector({})?.getAttribute('aria-label') ?? null",
            json!(node(id))
        );
        let label = self.page.run(&script).await;
        label.as_str().unwrap_or_default().to_owned()
    }

    /// Shows the map, whole.
    pub(crate) async fn map(&self) {
        self.page.click("Map").await;
        let button = "document.querySelector('[aria-label=\"Show the whole org\"]')";
        self.page
            .until(
                "the map is there",
                PAINTED_WITHIN,
                &format!("return {button} !== null"),
            )
            .await;
        self.page.run(&format!("{button}.click()")).await;
    }

    /// Whether each of them stands inside the next on the map.
    pub(crate) async fn are_nested(&self, inside_out: &[&str]) -> Value {
        let nodes: Vec<String> = inside_out.iter().map(|id| node(id)).collect();
        let script = format!(
            "const boxes = {}.map((selector) => document.querySelector(selector)?.getBoundingClientRect()); \
             if (boxes.includes(undefined)) return false; \
             return boxes.slice(1).every((outer, at) => {{ const inner = boxes[at]; return outer.left <= inner.left \
             && outer.top <= inner.top && outer.right >= inner.right && outer.bottom >= inner.bottom; }})",
            json!(nodes)
        );
        self.page.run(&script).await
    }
}

/// The selector of a workspace's row in the list.
pub(crate) fn row(id: &str) -> String {
    format!("[data-row='{id}']")
}
