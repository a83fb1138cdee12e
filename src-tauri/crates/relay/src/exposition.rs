//! The counters as Prometheus reads them (text format 0.0.4).

use std::fmt::Write as _;

use tokio::runtime::Handle;

use crate::limit::Limit;
use crate::metrics::{BUCKETS_MS, Outcome};
use crate::running::Relay;

/// The format's name, for `Content-Type`.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.write(format_args!("ligand_relay_{line}\n"));
    }

    fn about(&mut self, name: &str, kind: &str, help: &str) {
        self.write(format_args!(
            "# HELP ligand_relay_{name} {help}\n# TYPE ligand_relay_{name} {kind}\n"
        ));
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _written = self.0.write_fmt(text);
    }

    fn plain(&mut self, name: &str, kind: &str, help: &str, number: u64) {
        self.about(name, kind, help);
        self.line(format_args!("{name} {number}"));
    }

    fn gauge(&mut self, name: &str, help: &str, number: usize) {
        self.plain(name, "gauge", help, number as u64);
    }
}

/// Everything that is counted, now.
pub(crate) fn page(relay: &Relay) -> String {
    let metrics = &relay.metrics;
    let mut page = Page::default();
    page.about("build_info", "gauge", "The version that runs.");
    page.line(format_args!(
        "build_info{{version=\"{}\"}} 1",
        env!("CARGO_PKG_VERSION")
    ));
    page.gauge(
        "links",
        "Links that are up, with those whose last calls finish.",
        relay.links.count(),
    );
    page.gauge(
        "linked_workspaces",
        "Workspaces that have a link.",
        relay.directory.linked(),
    );
    page.gauge("dials", "Dials under way.", relay.dials.count());
    page.gauge("calls_in_flight", "Calls under way.", relay.turns.under_way());
    page.gauge(
        "held_calls",
        "Calls that are held for workspaces that are away.",
        relay.directory.held(),
    );
    page.gauge(
        "card_copies",
        "Agent cards that are kept for callers of workspaces that are away.",
        relay.card_copies.count(),
    );
    page.gauge(
        "connections",
        "Callers' connections, with those of dials.",
        relay.watched.count(),
    );
    page.gauge(
        "tasks",
        "Tasks of the process that are alive: what grows here without callers has been forgotten.",
        Handle::try_current().map_or(0, |runtime| runtime.metrics().num_alive_tasks()),
    );
    page.gauge(
        "draining",
        "1 when the relay has been told to stop.",
        usize::from(relay.draining.is_cancelled()),
    );
    page.about("calls_total", "counter", "Calls to doors, by how they ended.");
    for outcome in Outcome::ALL {
        page.line(format_args!(
            "calls_total{{outcome=\"{}\"}} {}",
            outcome.name(),
            metrics.calls(outcome)
        ));
    }
    page.about("limit_hits_total", "counter", "How often somebody met a limit.");
    for limit in Limit::ALL {
        page.line(format_args!(
            "limit_hits_total{{limit=\"{}\"}} {}",
            limit.name(),
            metrics.limit(limit)
        ));
    }
    for (name, help, number) in metrics.plain() {
        page.plain(name, "counter", help, number);
    }
    answers(&mut page, relay);
    page.0
}

fn answers(page: &mut Page, relay: &Relay) {
    const NAME: &str = "answer_seconds";
    page.about(
        NAME,
        "histogram",
        "From a call to the head of its answer, for calls that the laptop answered.",
    );
    let (buckets, all) = relay.metrics.heads.read();
    let mut count = 0;
    for (index, number) in buckets.iter().enumerate() {
        count += number;
        match BUCKETS_MS.get(index) {
            Some(ms) => page.line(format_args!(
                "{NAME}_bucket{{le=\"{}.{:03}\"}} {count}",
                ms / 1000,
                ms % 1000
            )),
            None => page.line(format_args!("{NAME}_bucket{{le=\"+Inf\"}} {count}")),
        }
    }
    page.line(format_args!("{NAME}_sum {}", all.as_secs_f64()));
    page.line(format_args!("{NAME}_count {count}"));
}
