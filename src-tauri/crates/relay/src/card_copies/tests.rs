use http_body_util::BodyExt as _;
use hyper::Request;
use ligand_tunnel::card::CARD_PATHS;
use ligand_tunnel::door::{DoorPath, RelaySecret};
use uuid::Uuid;

use super::shelf::MAX_BYTES;
use super::*;

const CARD: &str = r#"{"name":"A"}"#;

struct Scene {
    copies: Arc<CardCopies>,
    secret: RelaySecret,
    place: Place,
    nonce: Nonce,
}

impl Scene {
    fn new() -> Self {
        let this = Self {
            copies: CardCopies::new(Clock::start()),
            secret: RelaySecret::random(),
            place: place(),
            nonce: Nonce::random(),
        };
        this.say(&this.nonce, false);
        this
    }

    /// The laptop's word on its shared door.
    fn say(&self, nonce: &Nonce, closed: bool) {
        let door = DoorRequest {
            closed,
            ..DoorRequest::open(Slot::Shared, nonce.clone())
        };
        self.copies.doors(self.place, &[door]);
    }

    fn call_at(
        &self,
        slot: Slot,
        rest: &str,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Option<CardCall> {
        let path = self.secret.seal("p", self.place.workspace, slot, &self.nonce);
        let (door, _) = DoorPath::parse(&path).unwrap();
        let mut request = Request::get(format!("{path}{rest}{query}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        CardCall::of(&door, rest, &request.body(()).unwrap())
    }

    fn call(&self, headers: &[(&'static str, &str)]) -> CardCall {
        self.call_at(Slot::Shared, CARD_PATHS[0], "", headers).unwrap()
    }

    /// The laptop's answer, which passes.
    fn answered(
        &self,
        call: CardCall,
        status: u16,
        word: Option<&str>,
        headers: &[(&'static str, &str)],
        body: &str,
    ) {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        if let Some(word) = word {
            answer = answer.header(MAY_BE_KEPT, word);
        }
        let (mut parts, ()) = answer.body(()).unwrap().into_parts();
        let copying = self
            .copies
            .answered(self.place, call, &mut parts, Some(body.len() as u64));
        assert!(!parts.headers.contains_key(MAY_BE_KEPT), "callers do not see it");
        if let Some(mut copying) = copying {
            let (first, second) = body.split_at(body.len() / 2);
            assert!(!copying.add(first.as_bytes()) && copying.add(second.as_bytes()));
            copying.keep();
        }
    }

    fn kept(&self, headers: &[(&'static str, &str)], body: &str) {
        self.answered(
            self.call(headers),
            200,
            Some("1"),
            &[("etag", "\"1\""), ("x-own", "1")],
            body,
        );
    }

    fn has(&self, headers: &[(&'static str, &str)]) -> bool {
        self.copies.answer(self.place, &self.call(headers)).is_some()
    }
}

fn place() -> Place {
    Place {
        platform: 0,
        workspace: Uuid::new_v4(),
    }
}

async fn text(answer: Response<PublicBody>) -> String {
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn the_last_card_is_shown_byte_for_byte_at_both_its_places_and_marked_as_a_copy() {
    let scene = Scene::new();
    assert!(!scene.has(&[]));
    scene.kept(&[], "an older one");
    scene.kept(&[], CARD);
    assert_eq!(scene.copies.count(), 1);
    for rest in CARD_PATHS {
        let call = scene.call_at(Slot::Shared, rest, "", &[]).unwrap();
        let answer = scene.copies.answer(scene.place, &call).unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        for (name, value) in [
            ("etag", "\"1\""),
            ("x-own", "1"),
            ("age", "0"),
            ("warning", "110 - \"Response is Stale\""),
            ("ligand-stale", "true"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(answer.headers()[name], value);
        }
        assert_eq!(text(answer).await, CARD);
    }
    let call = scene.call(&[("if-none-match", "W/\"1\"")]);
    let answer = scene.copies.answer(scene.place, &call).unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(answer.headers()["etag"], "\"1\"");
    assert_eq!(text(answer).await, "");
}

#[test]
fn only_the_card_of_the_shared_door_is_a_card() {
    let scene = Scene::new();
    assert!(scene.call_at(Slot::Platform, CARD_PATHS[0], "", &[]).is_none());
    for rest in ["", "/", "/v1/card", "/x/.well-known/agent-card.json"] {
        assert!(scene.call_at(Slot::Shared, rest, "", &[]).is_none(), "{rest}");
    }
}

#[test]
fn cards_of_different_versions_languages_and_queries_are_told_apart() {
    let scene = Scene::new();
    scene.kept(&[("a2a-version", "0.3")], "three");
    assert!(scene.has(&[("a2a-version", "0.3")]));
    assert!(!scene.has(&[("a2a-version", "1.0")]) && !scene.has(&[]));
    let vary = [("vary", "Accept-Language, Accept-Encoding")];
    let call = scene.call(&[("accept-language", "de"), ("accept-encoding", "gzip")]);
    scene.answered(call, 200, Some("1"), &vary, CARD);
    assert!(scene.has(&[("accept-language", "de")]), "no coding was asked for");
    assert!(!scene.has(&[("accept-language", "en")]));
    let query = scene.call_at(Slot::Shared, CARD_PATHS[0], "?A2A-Version=1.0", &[]);
    assert!(scene.copies.answer(scene.place, &query.unwrap()).is_none());
    for version in ["1", "2", "3", "4", "5"] {
        scene.kept(&[("a2a-version", version)], CARD);
    }
    assert_eq!(scene.copies.count(), MAX_VARIANTS);
    assert!(!scene.has(&[("a2a-version", "0.3")]), "the oldest goes");
}

#[test]
fn nothing_is_kept_without_the_laptops_word_or_of_a_door_that_is_not_open() {
    let scene = Scene::new();
    scene.answered(scene.call(&[]), 200, None, &[], CARD);
    scene.answered(scene.call(&[]), 200, Some("0"), &[], CARD);
    scene.answered(scene.call(&[]), 404, Some("1"), &[], CARD);
    scene.answered(scene.call(&[]), 200, Some("1"), &[], &"x".repeat(MAX_CARD + 1));
    assert_eq!(scene.copies.count(), 0);
    let late = scene.call(&[]);
    scene.say(&Nonce::random(), false);
    scene.answered(late, 200, Some("1"), &[], CARD);
    assert_eq!(scene.copies.count(), 0, "it is of an address of before");
}

#[test]
fn a_closed_or_rotated_door_and_a_workspace_that_is_gone_have_no_copy() {
    type Change = fn(&Scene);
    let changes: [(&str, Change); 4] = [
        ("closed", |scene| scene.say(&scene.nonce, true)),
        ("rotated", |scene| scene.say(&Nonce::random(), false)),
        ("not wanted", |scene| scene.copies.doors(scene.place, &[])),
        ("gone", |scene| scene.copies.forget(scene.place)),
    ];
    for (what, change) in changes {
        let scene = Scene::new();
        scene.kept(&[], CARD);
        scene.say(&scene.nonce, false);
        assert!(scene.has(&[]), "a dial that wants the same changes nothing");
        change(&scene);
        assert!(!scene.has(&[]), "{what}");
        scene.say(&scene.nonce, false);
        assert!(!scene.has(&[]), "{what}, and back");
        let all = scene.copies.all();
        assert_eq!((all.bytes, all.turns.len()), (0, 1));
    }
}

#[test]
fn an_answer_that_says_otherwise_ends_the_copy_and_one_that_proves_nothing_does_not() {
    for (status, word, tag, stays) in [
        (200, Some("0"), "\"1\"", false),
        (401, Some("0"), "\"1\"", false),
        (404, None, "\"1\"", false),
        (410, None, "\"1\"", false),
        (304, Some("1"), "\"2\"", false),
        (304, Some("1"), "W/\"1\"", true),
        (304, None, "\"2\"", true),
        (200, None, "\"2\"", true),
        (401, None, "\"1\"", true),
        (503, Some("0"), "\"1\"", true),
        (502, None, "\"1\"", true),
    ] {
        let scene = Scene::new();
        scene.kept(&[], CARD);
        scene.answered(scene.call(&[]), status, word, &[("etag", tag)], "");
        assert_eq!(scene.has(&[]), stays, "{status} {word:?} {tag}");
    }
}

#[test]
fn the_least_lately_used_make_room() {
    let scene = Scene::new();
    let large = "x".repeat(MAX_CARD / 2);
    let mut scenes = vec![];
    for _ in 0..=MAX_BYTES / large.len() {
        let other = Scene {
            copies: scene.copies.clone(),
            secret: RelaySecret::random(),
            place: place(),
            nonce: Nonce::random(),
        };
        other.say(&other.nonce, false);
        other.kept(&[], &large);
        scenes.push(other);
        assert!(scenes[0].has(&[]), "it is used all the time");
    }
    assert!(!scenes[1].has(&[]));
    assert!(scene.copies.all().bytes <= MAX_BYTES);
}

#[test]
fn whether_the_workspace_still_exists_is_asked_once_in_a_while() {
    let scene = Scene::new();
    assert!(!scene.copies.is_due(scene.place, Duration::from_secs(60)));
    assert!(scene.copies.is_due(scene.place, Duration::ZERO));
    assert!(!scene.copies.is_due(place(), Duration::ZERO));
}
