//! The page as a screen reader has it: Chromium's accessibility tree, and what can be done with a part of it. Nothing
//! here looks at the page's elements.

use serde_json::{Value, json};

use super::page::{PAINTED_WITHIN, Page};
use crate::until::until;

/// A part of the page: what it is, and what it is called.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its role.
    pub role: String,
    /// Its name.
    pub name: String,
    /// What else is said of it.
    pub description: String,
    has_keyboard: bool,
    node: Value,
}

impl Page {
    /// The whole tree, without what is hidden from it.
    async fn tree(&self) -> Vec<Part> {
        let tree = self.devtools("Accessibility.getFullAXTree", &json!({})).await;
        let nodes = tree["nodes"].as_array().unwrap().iter();
        nodes.filter(|node| node["ignored"] == false).map(part).collect()
    }

    /// Waits until there is a part of that role whose name begins so.
    pub async fn hears(&self, role: &str, name: &str) -> Part {
        self.hears_where(&format!("a {role} called {name:?}"), |part| {
            part.role == role && part.name.starts_with(name)
        })
        .await
    }

    /// Waits until the part that has the keyboard is one of that role whose name begins so.
    pub async fn is_led_to(&self, role: &str, name: &str) -> Part {
        self.hears_where(&format!("the keyboard at a {role} called {name:?}"), |part| {
            part.has_keyboard && part.role == role && part.name.starts_with(name)
        })
        .await
    }

    async fn hears_where(&self, what: &str, is_it: impl Fn(&Part) -> bool) -> Part {
        until(&format!("there is {what}"), PAINTED_WITHIN, async || {
            self.tree().await.into_iter().find(&is_it)
        })
        .await
    }

    /// Presses a part, as a screen reader does: without a pointer.
    pub async fn press_part(&self, part: &Part) {
        self.call(part, "function () { this.click(); }").await;
    }

    /// Leads the keyboard to a part.
    pub async fn lead_to(&self, part: &Part) {
        self.call(part, "function () { this.focus(); }").await;
    }

    async fn call(&self, part: &Part, function: &str) {
        let node = json!({ "backendNodeId": part.node });
        let resolved = self.devtools("DOM.resolveNode", &node).await;
        let object = &resolved["object"]["objectId"];
        let wanted = json!({ "objectId": object, "functionDeclaration": function });
        self.devtools("Runtime.callFunctionOn", &wanted).await;
    }
}

fn part(node: &Value) -> Part {
    let text = |field: &str| node[field]["value"].as_str().unwrap_or_default().to_owned();
    let properties = node["properties"].as_array().into_iter().flatten();
    let mut focused = properties.filter(|property| property["name"] == "focused");
    Part {
        role: text("role"),
        name: text("name"),
        description: text("description"),
        has_keyboard: focused.any(|property| property["value"]["value"] == true),
        node: node["backendDOMNodeId"].clone(),
    }
}
