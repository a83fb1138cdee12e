//! The hand on the keyboard and the eye that sees where it is: whoever uses these touches nothing else.

use ligand_e2e::desktop::{PAINTED_WITHIN, Page};
use serde_json::{Value, json};

// The keys of WebDriver that have no character.
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
const BACKSPACE: &str = "\u{e003}";
const UP: &str = "\u{e013}";
const DOWN: &str = "\u{e015}";
const SPACE: &str = " ";

/// More stops than any screen has.
const STOPS: usize = 60;
/// More cards than there are to choose from.
const CARDS: usize = 12;

/// The name of what has the keyboard, as a screen reader says it.
const NAME: &str = "const at = document.activeElement; \
     const name = (at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? '').trim();";

/// Goes on with Tab until something has the keyboard whose name begins so.
pub(crate) async fn tab_to(page: &Page, name: &str) {
    tab_until(
        page,
        name,
        &format!("{NAME} return name.startsWith({})", json!(name)),
    )
    .await;
}

/// The same, until a script says that it is there.
pub(crate) async fn tab_until(page: &Page, what: &str, is_there: &str) {
    for _ in 0..STOPS {
        if page.run(is_there).await == true {
            return;
        }
        page.press(TAB).await;
    }
    panic!("Tab never comes to {what}; the page shows: {}", page.text().await);
}

/// Types into the field of that name.
pub(crate) async fn fill(page: &Page, name: &str, text: &str) {
    tab_to(page, name).await;
    page.press(text).await;
}

/// Takes back what was typed last into the field that has the keyboard.
pub(crate) async fn take_back(page: &Page, text: &str) {
    page.press(&BACKSPACE.repeat(text.chars().count())).await;
}

/// Chooses one of a few cards, with the arrows.
pub(crate) async fn choose(page: &Page, title: &str) {
    tab_until(
        page,
        "the cards",
        "return document.activeElement.type === 'radio'",
    )
    .await;
    let look = format!(
        "{NAME} return name.includes({}) ? (at.checked ? 'chosen' : 'here') : 'elsewhere'",
        json!(title)
    );
    // The arrows end at the last card, and at the first.
    for way in [DOWN, UP] {
        for _ in 0..CARDS {
            match page.run(&look).await.as_str() {
                Some("chosen") => return,
                Some("here") => page.press(SPACE).await,
                _ => page.press(way).await,
            }
        }
    }
    panic!("no card {title}; the page shows: {}", page.text().await);
}

/// Presses the button of that name, once it can be pressed.
pub(crate) async fn push(page: &Page, name: &str) {
    let can_be = format!(
        "return [...document.querySelectorAll('button')].some((one) => !one.disabled && one.innerText.trim() === {})",
        json!(name)
    );
    page.until(&format!("{name} can be pressed"), PAINTED_WITHIN, &can_be)
        .await;
    tab_to(page, name).await;
    page.press(ENTER).await;
}

/// Waits until something has the keyboard whose name begins so.
pub(crate) async fn has_the_keyboard(page: &Page, name: &str) {
    let script = format!("{NAME} return name.startsWith({})", Value::from(name));
    page.until(&format!("{name} has the keyboard"), PAINTED_WITHIN, &script)
        .await;
}
