//! Whoever uses the keyboard sees where they are, on every screen: each stop of Tab has a ring around it. And whoever asks
//! for less motion gets none.

use std::time::Duration;

use ligand_e2e::desktop::{PAINTED_WITHIN, Page};
use ligand_e2e::{Host, Scratch, ligand, until};
use serde_json::json;

use crate::keys::TAB;
use crate::screens::{SCREENS, SIZE, go_to};
use crate::web::web_address;

/// More stops than any screen has.
const STOPS: usize = 80;
/// What moves comes to rest within this.
const RESTS_WITHIN: Duration = Duration::from_secs(5);

/// What has the keyboard, and whether it, or the card that it is the mark of, has a ring of two pixels at least, in a
/// colour that can be seen.
const LOOK: &str = "const at = document.activeElement; \
    if (!at || at === document.body) return null; \
    const has = (one) => { const look = one && getComputedStyle(one); return look && look.outlineStyle !== 'none' \
        && parseFloat(look.outlineWidth) >= 2 && !/, 0\\)|transparent/.test(look.outlineColor); }; \
    const name = at.getAttribute('aria-label') ?? (at.innerText || at.labels?.[0]?.innerText || at.className); \
    return { ring: has(at) || has(at.closest('label')) || has(at.parentElement), name: `${at.tagName} ${name}` };";

/// A host on the local org with something on every screen, and its page.
async fn shown(scratch: &Scratch) -> (Host<'_>, Page) {
    let variables = Host::file_vault();
    let mut host = Host::up_with(scratch, variables.clone(), &["--local", "--web", "127.0.0.1:0"]);
    let address = web_address(&mut host.process).await;
    let page = Page::browser(scratch, &address).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    let said = ligand(scratch, &variables, &["send", "hello"], "").await;
    assert!(said.status.success(), "{}", said.stderr);
    (host, page)
}

#[tokio::test]
async fn every_stop_of_the_keyboard_on_every_screen_has_a_ring_in_light_and_dark() {
    let scratch = Scratch::new();
    let (mut host, page) = shown(&scratch).await;
    let mut without = Vec::new();
    for scheme in ["light", "dark"] {
        page.shown_as(scheme, SIZE, 1).await;
        for (screen, whole) in SCREENS {
            go_to(&page, screen, whole).await;
            // From wherever the keyboard is, once around.
            let (mut stops, mut ends) = (0, 0);
            while ends < 2 && stops < STOPS {
                page.press(TAB).await;
                let seen = page.run(LOOK).await;
                if seen.is_null() {
                    ends += 1;
                    continue;
                }
                stops += 1;
                if seen["ring"] != true {
                    without.push(format!("{screen}, {scheme}: {}", seen["name"]));
                }
            }
            assert!(stops > 5, "{screen} has {stops} stops");
        }
    }
    without.dedup();
    assert!(without.is_empty(), "{}", without.join("\n"));
    page.close().await;
    host.stop().await;
}

#[tokio::test]
async fn where_less_motion_is_asked_for_nothing_moves() {
    let scratch = Scratch::new();
    let (mut host, page) = shown(&scratch).await;
    page.asks_for_less_motion().await;
    for (screen, whole) in SCREENS {
        go_to(&page, screen, whole).await;
        let moving = "return document.getAnimations().filter((one) => one.playState === 'running')\
                      .map((one) => one.effect?.target?.className ?? '')";
        until(&format!("nothing moves on {screen}"), RESTS_WITHIN, async || {
            (page.run(moving).await == json!([])).then_some(())
        })
        .await;
        // Also not what begins by a hand.
        let slow = "return [...document.querySelectorAll('*')].filter((one) => \
                    getComputedStyle(one).transitionDuration.split(',').some((each) => parseFloat(each) > 0))\
                    .map((one) => one.className)";
        assert_eq!(page.run(slow).await, json!([]), "{screen}");
    }
    page.close().await;
    host.stop().await;
}
