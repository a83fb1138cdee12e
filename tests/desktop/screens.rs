//! Every screen of the window, in a browser: nobody is kept out of it, and a link to one does nothing by itself.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ligand_e2e::desktop::{PAINTED_WITHIN, Page};
use ligand_e2e::{Host, Scratch, ligand};
use serde_json::json;

use crate::hand::Hand;
use crate::story::nothing_ran;
use crate::web::web_address;

/// The window's first size.
pub(crate) const SIZE: (u32, u32) = (1120, 720);
/// Where the web code's packages are.
const PACKAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules");
/// The checkup asks platform, relay and agent.
const LOOKED_WITHIN: Duration = Duration::from_secs(30);

/// The screens by their addresses, each with what is there when it is whole.
pub(crate) const SCREENS: [(&str, &str); 8] = [
    ("#/canvas", "[data-workspace]"),
    ("#/inspector", ".arrivals-line"),
    ("#/logs", ".log-line"),
    ("#/health", ".outcome-ok"),
    ("#/settings", ".settings-part .section:nth-of-type(5)"),
    ("#/settings/local", ".settings-part .section:nth-of-type(5)"),
    ("#/about", ".about-name"),
    ("#/welcome", ".choice-card"),
];

/// Goes to a screen, and waits until it is whole.
pub(crate) async fn go_to(page: &Page, address: &str, whole: &str) {
    page.run(&format!("location.hash = {}", json!(address))).await;
    let script = format!("return document.querySelector({}) !== null", json!(whole));
    page.until(
        &format!("{address} is whole"),
        LOOKED_WITHIN.max(PAINTED_WITHIN),
        &script,
    )
    .await;
}

/// Takes the way to a new workspace as far as that step, coming from the one before, and gives its heading.
async fn on_the_way(page: &Page, step: usize) -> Option<&'static str> {
    let hand = Hand(page);
    let arrived = match step {
        0 => {
            hand.begin("try").await;
            "Try it on this machine"
        }
        1 => {
            hand.begin("paste").await;
            // With something wrong on it.
            page.paste_into("textarea", "it is").await;
            "Paste the connection block"
        }
        2 => {
            hand.begin("create").await;
            hand.fill("Platform’s address", "ftp://acme.example").await;
            "Make a workspace"
        }
        3 => {
            hand.name("https://acme.example", "a-key", "Ours").await;
            hand.choose_and_fill(
                "exec",
                &[
                    ("Program and its arguments", "./answer"),
                    ("In the folder", "/tmp"),
                ],
            )
            .await;
            "What answers?"
        }
        4 => {
            hand.go_on().await;
            hand.choose_and_fill("url", &[("Public address", "https://laptop.example")])
                .await;
            "How do messages reach this laptop?"
        }
        5 => {
            hand.go_on().await;
            "Ready to connect"
        }
        6 => {
            // Nobody can be asked here, which is said.
            hand.push("Connect").await;
            hand.is_told("[role=alert]", &["no screen to ask you on"]).await;
            "Ready to connect"
        }
        _ => return None,
    };
    page.shows("h1", arrived, PAINTED_WITHIN).await;
    Some(arrived)
}

/// What axe-core is, to be run in a page.
pub(crate) fn axe() -> String {
    let axe = Path::new(PACKAGES).join("axe-core/axe.min.js");
    // As a function's body, in which `await` is allowed and `axe` is the page's own.
    fs::read_to_string(axe).expect("the web code's packages are installed with `npm ci` in ui")
}

/// What axe-core finds on the page that matters to somebody.
pub(crate) async fn faults(page: &Page, axe: &str) -> Vec<String> {
    page.run(axe).await;
    let found = page
        .run(
            "const { violations } = await axe.run(document, { resultTypes: ['violations'] }); \
             const matters = ({ impact }) => impact === 'serious' || impact === 'critical'; \
             return violations.filter(matters).map(({ id, nodes }) => \
             `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)",
        )
        .await;
    let found = found.as_array().unwrap().iter();
    found.map(|fault| fault.as_str().unwrap().to_owned()).collect()
}

/// The same, and whether one has to scroll sideways.
async fn wrong_with(page: &Page, axe: &str) -> Vec<String> {
    let mut wrong = faults(page, axe).await;
    let overflows = "const main = document.querySelector('main'); \
         return main.scrollWidth > main.clientWidth + 1 \
         || document.documentElement.scrollWidth > document.documentElement.clientWidth";
    if page.run(overflows).await == true {
        wrong.push("one has to scroll sideways".to_owned());
    }
    wrong
}

#[tokio::test]
async fn axe_finds_nothing_serious_on_any_screen_light_or_dark_at_its_own_size_or_at_twice_that() {
    let axe = axe();
    let scratch = Scratch::new();
    let variables = Host::file_vault();
    let mut host = Host::up_with(&scratch, variables.clone(), &["--local", "--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    let page = Page::browser(&scratch, &address).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    // Something to inspect.
    let said = ligand(&scratch, &variables, &["send", "hello"], "").await;
    assert!(said.status.success(), "{}", said.stderr);

    let mut wrong = Vec::new();
    for (scheme, zoom) in [("light", 1), ("dark", 1), ("light", 2), ("dark", 2)] {
        page.shown_as(scheme, SIZE, zoom).await;
        let mut look = async |screen: &str| {
            let found = wrong_with(&page, &axe).await.into_iter();
            wrong.extend(found.map(|fault| format!("{screen}, {scheme}, ×{zoom}: {fault}")));
        };
        for (screen, whole) in SCREENS {
            go_to(&page, screen, whole).await;
            look(screen).await;
        }
        let mut step = 0;
        while let Some(heading) = on_the_way(&page, step).await {
            look(heading).await;
            step += 1;
        }
        go_to(&page, "#/inspector", ".arrivals-open").await;
        page.run("document.querySelector('.arrivals-open').click()").await;
        page.shows(".inspector-detail", "", PAINTED_WITHIN).await;
        look("a delivery").await;
        go_to(&page, "#/settings", ".settings-part .section:nth-of-type(5)").await;
        Hand(&page).push("See what will be deleted").await;
        page.shows(".traces", "the config", PAINTED_WITHIN).await;
        look("what is deleted").await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    page.close().await;
    host.stop().await;
}

#[tokio::test]
async fn a_link_with_hostile_values_shows_them_as_text_and_changes_nothing() {
    let scratch = Scratch::new();
    let mut host = Host::up_with(&scratch, Host::file_vault(), &["--local", "--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    let page = Page::browser(&scratch, &address).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    let before = host.status().await.unwrap()["profiles"].as_array().unwrap().len();

    for platform in [
        "<img src=x onerror=window.ran=1>",
        "javascript:window.ran=2",
        "https://user:word@evil.example/?x#<script>window.ran=3</script>",
    ] {
        let link = format!(
            "location.hash = '#/welcome?token=x&relay=https://evil.example&agent=sh&platform=' \
             + encodeURIComponent({}) + '&workspace=' + encodeURIComponent('<b>x</b>')",
            json!(platform)
        );
        page.run(&link).await;
        page.shows("main", platform, PAINTED_WITHIN).await;
        page.shows("main", "<b>x</b>", PAINTED_WITHIN).await;
        let cannot_go_on = "return document.querySelector('button[type=submit]').disabled";
        assert_eq!(page.run(cannot_go_on).await, true, "{platform}");
        nothing_ran(&page).await;
    }
    page.run("location.hash = '#/<img src=x onerror=window.ran=4>'")
        .await;
    page.shows("h1", "Canvas", PAINTED_WITHIN).await;
    nothing_ran(&page).await;
    let after = host.status().await.unwrap()["profiles"].as_array().unwrap().len();
    assert_eq!(after, before);
    page.close().await;
    host.stop().await;
}
