//! What anybody may see: `GET /`, what this is, for a person who opens its address, and `GET /metrics`.
//!
//! Both show of workspaces what anybody may see who knows their ids, and no ids.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse};

use super::Reply;
use crate::org::Org;

/// The page.
pub(crate) async fn page(State(org): State<Arc<Org>>) -> Reply {
    let rows = org.store.run(|tx| Ok(tx.workspaces()?)).await?;
    let mut list = String::new();
    for row in &rows {
        // Writing into a string can't fail.
        let _ = writeln!(list, "<li>{}: {}</li>", escaped(&row.name), row.status.as_str());
    }
    let canvas = org.canvas.get().map_or_else(
        || {
            "The Canvas shows them live: <em>Open Canvas</em> in Ligand's tray, or the address that \
             <code>ligand up --local --web 127.0.0.1:0</code> prints."
                .to_owned()
        },
        |url| {
            format!(
                "<a href=\"{}\">The Canvas</a> shows them live. The first time it wants the whole address that \
                 <code>ligand up</code> has printed.",
                escaped(url)
            )
        },
    );
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Local org</title></head>\n<body>\n\
         <h1>A local org</h1>\n\
         <p>This is Ligand's stand-in for the Molecule platform, on this machine alone: for trying, developing and \
         testing.</p>\n<h2>Workspaces</h2>\n<ul>\n{list}</ul>\n\
         <p>{canvas}</p>\n\
         <p><a href=\"https://moleculesai.app\">Molecule AI</a></p>\n</body>\n</html>\n"
    );
    Ok(Html(page).into_response())
}

/// How many workspaces there are of each status, as Prometheus reads it. The platform's own metrics are about its parts
/// and have other names; only that the route is open is the contract's.
pub(crate) async fn metrics(State(org): State<Arc<Org>>) -> Reply {
    let rows = org.store.run(|tx| Ok(tx.workspaces()?)).await?;
    let mut counts = BTreeMap::<&str, usize>::new();
    for row in &rows {
        *counts.entry(row.status.as_str()).or_default() += 1;
    }
    let mut text = String::from("# TYPE local_org_workspaces gauge\n");
    for (status, count) in counts {
        // Writing into a string can't fail.
        let _ = writeln!(text, "local_org_workspaces{{status=\"{status}\"}} {count}");
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, text).into_response())
}

/// Text of strangers in a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
