//! What strangers write is shown as text, on every face: nothing of it runs, turns the text around it, or becomes a
//! part of the page.

use std::time::Duration;

use ligand_e2e::desktop::{Desk, ENDS_WITHIN, PAINTED_WITHIN, Page, Panel};
use ligand_e2e::{Beat, Era, Host, Stage, TestAgent, Workspace};

use crate::story::{is_answered, node, nothing_ran};
use crate::web::web_address;

/// A name with all that the platform lets one have.
const NAME: &str = "<b onclick=\"window.ran=1\" \u{202e}eman\u{202c} שלום 🧪";
/// A task and an answer may have everything.
const MARKUP: &str = "<img src=x onerror=\"window.ran=2\"><script>window.ran=3</script>\u{202e}ksat 👩‍🔬";
/// The same as it is shown: what turns the direction of writing is a visible sign.
const MARKUP_SHOWN: &str = "<img src=x onerror=\"window.ran=2\"><script>window.ran=3</script>\u{fffd}ksat 👩‍🔬";

/// Another workspace whose every text is hostile, and degraded, so that its error shows too.
async fn stranger(stage: &Stage) -> Workspace {
    let other = stage.org.create_with_role(NAME, NAME).await;
    let beat = Beat {
        active_tasks: 1,
        task: MARKUP,
        error: MARKUP,
        error_rate: 0.9,
    };
    stage.org.register(&other, "http://127.0.0.1:9/").await;
    stage.org.beat_with(&other, &beat).await;
    other
}

/// Its node and the agent's answer are text.
async fn are_text(page: &Page, other: &Workspace) {
    page.shows(&node(&other.id), "<b onclick=", PAINTED_WITHIN).await;
    page.shows(&node(&other.id), "🧪", PAINTED_WITHIN).await;
    page.shows(&node(&other.id), MARKUP_SHOWN, PAINTED_WITHIN).await;
    let long = "wide".repeat(500);
    for (text, shown) in [(MARKUP, MARKUP_SHOWN), (&long, &long)] {
        page.paste_into("textarea", text).await;
        page.click("Send").await;
        is_answered(page, shown).await;
    }
    let overflows = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(page.run(overflows).await, false, "a long word breaks");
    nothing_ran(page).await;
}

#[tokio::test]
async fn in_the_window_and_in_the_tray() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let other = stranger(&stage).await;
    let variables = Host::file_vault();
    Host::create(&stage, NAME, Some(agent.url()), &variables).await;
    let desk = Desk::new(&stage.scratch).await;
    let panel = Panel::start(&desk.bus).await;
    let shell = desk.shell(&stage.scratch, &[]);
    let mut host = Host::held_by(shell, &stage.scratch, variables);
    host.online().await;
    let icon = panel.icon().await;
    icon.says(
        "Online · <b onclick=\"window.ran=1\" eman שלום 🧪",
        Duration::from_secs(5),
    )
    .await;

    let page = Page::window(&stage.scratch, &desk, &[]).await;
    are_text(&page, &other).await;
    page.close_window(&stage.scratch).await;
    icon.click("Quit").await;
    assert_eq!(host.process.ended(ENDS_WITHIN).await.code(), Some(0));
}

#[tokio::test]
async fn in_a_browser() {
    let stage = Stage::set(Era::L).await;
    let agent = TestAgent::start().await;
    let other = stranger(&stage).await;
    let variables = Host::file_vault();
    Host::create(&stage, NAME, Some(agent.url()), &variables).await;
    let mut host = Host::up_with(&stage.scratch, variables, &["--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    host.online().await;

    let page = Page::browser(&stage.scratch, &address).await;
    are_text(&page, &other).await;
    page.close().await;
}
