//! What keeps a new workspace from coming online is the one thing that the last screen names, with what to do next; and a
//! local org that cannot begin says why.

use std::fs;

use ligand_e2e::desktop::{Desk, PAINTED_WITHIN, Page, Panel};
use ligand_e2e::{Era, Host, Keychain, Relay, Scratch, Stage, ligand};
use tokio::net::TcpListener;

use crate::hand::Hand;
use crate::screens::{axe, faults};

/// Where the step after the last says what is missing.
const MISSING: &str = ".arriving";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

/// The value of a card, and what is written into which fields then.
type Chosen<'a> = (&'a str, &'a [(&'a str, &'a str)]);

#[tokio::test]
async fn what_is_missing_after_a_workspace_was_added_is_named_with_the_next_step() {
    let axe = axe();
    let stage = Stage::set(Era::S).await;
    let elsewhere = Relay::start(&stage.scratch, "http://127.0.0.1:2").await;
    let desk = Desk::new(&stage.scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    let _host = desk.tray(&stage).await;
    let page = Page::window(&stage.scratch, &desk, &[]).await;
    page.shows(".bar", "Online", PAINTED_WITHIN).await;
    let hand = Hand(&page);
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = stage.scratch.path("home").display().to_string();
    let folder = ("In the folder", folder.as_str());
    let no_program = ("Program and its arguments", "./no-such-program");
    let echo: Chosen<'_> = ("echo", &[]);
    let relay: Chosen<'_> = ("relay", &[("Relay’s address", stage.relay.url())]);

    #[rustfmt::skip]
    let cases: [(Chosen<'_>, Chosen<'_>, &[&str]); 11] = [
        (echo, ("auto", &[]),
            &["Messages have no way to reach this laptop", "install cloudflared or ngrok"]),
        (echo, ("cloudflared", &[]),
            &["is not installed", "cloudflared", "Install it", "choose another way in"]),
        (echo, ("ngrok", &[]),
            &["is not installed", "ngrok", "Install it", "choose another way in"]),
        (echo, ("relay", &[("Relay’s address", NOWHERE)]),
            &["The relay cannot be reached", "Ligand keeps trying"]),
        (echo, ("relay", &[("Relay’s address", elsewhere.url())]),
            &["The relay refuses us", "the relay's operator can say more"]),
        (echo, ("url", &[("Public address", NOWHERE), ("It passes it on to", &taken)]),
            &["Something else listens where the doors are to be", &taken, "End it"]),
        (echo, ("url", &[("Public address", NOWHERE), ("It passes it on to", "127.0.0.1:18474")]),
            &["A call to our own public door did not arrive", "Check the public URL"]),
        (("address", &[("Address of the agent", NOWHERE)]), relay,
            &["The agent does not answer", "Start the agent"]),
        (("exec", &[no_program, folder]), relay,
            &["The agent lacks what it needs", "no-such-program"]),
        (("claude", &[folder]), relay,
            &["The agent lacks what it needs", "claude"]),
        (("command", &[no_program, folder]), relay,
            &["The agent ends again and again", "there is no program ./no-such-program", "ligand restart --agent"]),
    ];
    for ((agent, of_agent), (exposure, of_exposure), told) in cases {
        let new = stage.org.create("New").await;
        hand.begin("paste").await;
        hand.paste(stage.org.url(), &new.id, &new.token).await;
        page.shows("h1", "What answers?", PAINTED_WITHIN).await;
        hand.choose_and_fill(agent, of_agent).await;
        hand.go_on().await;
        page.shows("h1", "How do messages", PAINTED_WITHIN).await;
        hand.choose_and_fill(exposure, of_exposure).await;
        hand.go_on().await;
        hand.push_and_confirm("Connect", &desk, &stage.scratch).await;
        hand.is_told(MISSING, told).await;
        hand.is_told(MISSING, &["See what was looked at", "Change its settings"])
            .await;
        assert_eq!(faults(&page, &axe).await, [""; 0], "{agent}, {exposure}");
    }
    page.close_window(&stage.scratch).await;
}

#[tokio::test]
async fn a_locked_keychain_is_said_before_anything_is_stored_and_the_same_again_works_once_it_is_open() {
    let stage = Stage::set(Era::L).await;
    let scratch = &stage.scratch;
    // The first login made its keyring.
    Keychain::unlocked(scratch).await.logout().await;
    let keychain = Keychain::locked(scratch).await;
    let desk = Desk::on(scratch, keychain.bus(), Vec::new()).await;
    let _panel = Panel::start(&desk.bus).await;
    let _shell = desk.shell(scratch, &[]);
    let page = Page::window(scratch, &desk, &[]).await;
    let hand = Hand(&page);
    page.shows("h1", "Bind this laptop to a workspace", PAINTED_WITHIN)
        .await;
    hand.begin("paste").await;
    hand.paste(stage.org.url(), &stage.workspace.id, &stage.workspace.token)
        .await;
    hand.go_on_to_the_end().await;
    hand.push_and_confirm("Connect", &desk, scratch).await;
    hand.is_told(
        "[role=alert]",
        &["The keychain is locked", "Unlock it", "and try again"],
    )
    .await;
    assert!(!scratch.config_file().exists(), "something was stored");

    keychain.unlock(scratch);
    hand.push_and_confirm("Connect", &desk, scratch).await;
    page.shows(MISSING, "Almost there", PAINTED_WITHIN).await;
    assert!(keychain.contents(scratch).await.contains(&stage.workspace.token));
    page.close_window(scratch).await;
}

#[tokio::test]
async fn a_local_org_that_cannot_begin_says_why_and_begins_once_that_is_mended() {
    let scratch = Scratch::new();
    let desk = Desk::new(&scratch).await;
    let _panel = Panel::start(&desk.bus).await;
    // Somebody's profile for a real org has its name.
    let config = "version = 1\n[profile.local]\nplatform = \"https://acme.example\"\n\
                  workspace = \"00000000-0000-4000-8000-000000000001\"\n\
                  [profile.local.agent]\nkind = \"echo\"\n[profile.local.exposure]\nkind = \"poll\"\n";
    fs::write(scratch.config_file(), config).unwrap();
    let _shell = desk.shell(&scratch, &[]);
    let page = Page::window(&scratch, &desk, &[]).await;
    let hand = Hand(&page);
    page.shows(".rail", "Canvas", PAINTED_WITHIN).await;
    let is_told = async |words: &[&str]| {
        hand.push_and_confirm("Start it", &desk, &scratch).await;
        hand.is_told("[role=alert]", words).await;
    };
    hand.begin("try").await;
    is_told(&[
        "is already there, for https://acme.example",
        "give the profile another, in the settings",
    ])
    .await;
    let said = ligand(
        &scratch,
        &Host::file_vault(),
        &["profile", "rename", "local", "work"],
        "",
    )
    .await;
    assert!(said.status.success(), "{said:?}");

    // A file stands where its folder is to be.
    let place = scratch.path("state/local");
    fs::write(&place, "").unwrap();
    is_told(&["cannot be made", "Make the folder above it writable"]).await;
    fs::remove_file(&place).unwrap();
    // And then something that is no database.
    fs::create_dir(&place).unwrap();
    fs::write(
        place.join("org.db"),
        "no database at all, though long enough for one",
    )
    .unwrap();
    is_told(&["The local org did not start", "org.db"]).await;
    fs::remove_dir_all(&place).unwrap();

    hand.push_and_confirm("Start it", &desk, &scratch).await;
    let at_the_canvas = "return location.hash === '#/canvas'";
    page.until("the Canvas comes by itself", PAINTED_WITHIN, at_the_canvas)
        .await;
    page.close_window(&scratch).await;
}
