//! The picture: what lists and events make of it, in any order.

use std::collections::BTreeSet;

use ligand_platform::Workspace;
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    change::{Change, Newcomer, What},
    model::{List, MOST, Model},
    source::Listed,
    view::OrgWorkspace,
};

const OURS: u128 = 1;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn listed(number: u128, state: &str, more: Value) -> Workspace {
    let mut row = json!({"id": id(number), "name": format!("w{number}"), "status": state,
        "runtime": "langgraph", "current_task": "", "last_sample_error": ""});
    row.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    serde_json::from_value(row).unwrap()
}

/// A peer, of which less is told.
fn peer(number: u128, state: &str) -> Workspace {
    serde_json::from_value(json!({"id": id(number), "name": format!("w{number}"), "status": state})).unwrap()
}

fn list(workspaces: Vec<Workspace>) -> List {
    List {
        workspaces: workspaces.into_iter().map(Listed::of).collect(),
        whole: true,
        at: "list".into(),
        close: true,
    }
}

fn model(workspaces: Vec<Workspace>) -> Model {
    let mut model = Model::new(id(OURS), Vec::new(), true);
    model.replace(list(workspaces));
    model
}

fn happens(model: &mut Model, number: u128, what: What) -> (bool, bool) {
    let change = Change {
        workspace: id(number),
        what,
        card: None,
    };
    let applied = model.apply(&change, "event");
    (applied.changed, applied.look)
}

fn row(model: &Model, number: u128) -> &OrgWorkspace {
    model.rows().iter().find(|row| row.id == id(number)).unwrap()
}

fn numbers(model: &Model) -> Vec<u128> {
    model.rows().iter().map(|row| row.id.as_u128()).collect()
}

const BEAT: What = What::Beat {
    active_tasks: Some(2),
};

#[test]
fn a_list_is_shown_as_it_is_and_ours_is_marked() {
    let model = model(vec![
        listed(
            2,
            "dreaming",
            json!({"role": "Finds facts", "tier": 2, "parent_id": id(9)}),
        ),
        listed(1, "online", json!({"runtime": null})),
        listed(3, "removed", json!({})),
        listed(2, "online", json!({})),
    ]);
    assert_eq!(numbers(&model), [2, 1]);
    let researcher = row(&model, 2);
    assert_eq!(
        (researcher.state.as_str(), researcher.tier, researcher.parent_id),
        ("dreaming", Some(2), Some(id(9)))
    );
    assert_eq!(researcher.role.as_deref(), Some("Finds facts"));
    assert!(!researcher.ours && !researcher.remote && researcher.since.is_none());
    assert!(row(&model, 1).ours && row(&model, 1).remote);
}

#[test]
fn who_runs_outside_is_remote_by_the_platforms_word_or_else_by_the_cards() {
    let model = model(vec![
        listed(2, "online", json!({"runtime": "external"})),
        listed(3, "online", json!({"runtime": "kimi-cli"})),
        listed(
            4,
            "online",
            json!({"runtime": null, "agent_card": {"runtime": "external"}}),
        ),
        listed(5, "online", json!({"agent_card": {"runtime": "external"}})),
    ]);
    let remote: Vec<_> = model.rows().iter().map(|row| row.remote).collect();
    assert_eq!(remote, [true, true, true, false]);
}

#[test]
fn a_beat_is_the_only_sign_of_life() {
    let mut model = model(vec![listed(2, "online", json!({}))]);
    assert_eq!(row(&model, 2).last_seen, None);
    assert_eq!(happens(&mut model, 2, BEAT), (true, false));
    assert_eq!(row(&model, 2).last_seen.as_deref(), Some("event"));
    assert_eq!(row(&model, 2).active_tasks, 2);
    model.replace(list(vec![listed(2, "online", json!({}))]));
    assert_eq!(row(&model, 2).last_seen.as_deref(), Some("event"));
}

#[test]
fn a_state_begins_when_it_was_first_seen() {
    let mut model = model(vec![listed(2, "online", json!({}))]);
    happens(&mut model, 2, What::Silent);
    assert_eq!(row(&model, 2).since.as_deref(), Some("event"));
    // Newer platforms call it another name in lists: it is the same outage.
    model.replace(list(vec![listed(2, "awaiting_agent", json!({}))]));
    assert_eq!(row(&model, 2).state, "awaiting_agent");
    assert_eq!(row(&model, 2).since.as_deref(), Some("event"));
    assert_eq!(happens(&mut model, 2, What::Silent), (false, false));
    model.replace(list(vec![listed(2, "online", json!({}))]));
    assert_eq!(row(&model, 2).since.as_deref(), Some("list"));
}

#[test]
fn what_changed_while_nobody_looked_has_no_beginning() {
    let mut model = model(vec![listed(2, "online", json!({}))]);
    happens(&mut model, 2, What::Silent);
    model.replace(List {
        close: false,
        ..list(vec![listed(2, "online", json!({}))])
    });
    assert_eq!(row(&model, 2).since, None);
}

#[test]
fn an_error_goes_with_its_state() {
    let mut model = model(vec![listed(2, "online", json!({}))]);
    happens(&mut model, 2, What::Trouble("degraded", Some("too slow".into())));
    model.replace(list(vec![listed(2, "degraded", json!({}))]));
    assert_eq!(row(&model, 2).error.as_deref(), Some("too slow"));
    happens(&mut model, 2, What::State("online"));
    assert_eq!(row(&model, 2).error, None);
}

#[test]
fn a_paused_workspace_works_on_nothing_and_is_not_lifted_without_a_look() {
    let mut model = model(vec![listed(2, "online", json!({"current_task": "reading"}))]);
    happens(&mut model, 2, What::State("paused"));
    assert_eq!(row(&model, 2).current_task, None);
    assert_eq!(happens(&mut model, 2, What::State("online")), (true, true));
}

#[test]
fn what_a_list_of_peers_does_not_tell_is_kept() {
    let mut model = model(vec![listed(
        2,
        "online",
        json!({"runtime": "external", "tier": 4}),
    )]);
    let task = What::Task {
        current: Some("reading".into()),
        active_tasks: Some(1),
    };
    happens(&mut model, 2, task);
    model.replace(list(vec![peer(2, "online")]));
    let row = row(&model, 2);
    assert_eq!(
        (row.runtime.as_deref(), row.remote, row.tier),
        (Some("external"), true, Some(4))
    );
    assert_eq!(row.current_task.as_deref(), Some("reading"));
}

#[test]
fn a_newcomer_of_a_whole_org_is_shown_at_once_and_looked_up() {
    let mut model = model(vec![]);
    let newcomer = Newcomer {
        name: "New".into(),
        runtime: Some("external".into()),
        ..Newcomer::default()
    };
    assert_eq!(happens(&mut model, 2, What::Provisioning(newcomer)), (true, true));
    let row = row(&model, 2);
    assert_eq!(
        (row.name.as_str(), row.state.as_str(), row.remote),
        ("New", "provisioning", true)
    );
}

#[test]
fn a_stranger_is_worth_one_look_and_no_row() {
    let mut model = model(vec![]);
    model.replace(List {
        whole: false,
        ..list(vec![])
    });
    assert_eq!(happens(&mut model, 2, BEAT), (false, false));
    assert_eq!(happens(&mut model, 2, What::Removed), (false, false));
    let newcomer = || What::Provisioning(Newcomer::default());
    assert_eq!(happens(&mut model, 2, newcomer()), (false, true));
    assert_eq!(happens(&mut model, 2, newcomer()), (false, false));
    assert!(model.rows().is_empty());
}

#[test]
fn who_stood_under_a_removed_workspace_stands_where_it_stood() {
    let mut model = model(vec![
        listed(2, "online", json!({})),
        listed(3, "online", json!({"parent_id": id(2)})),
        listed(4, "online", json!({"parent_id": id(3)})),
    ]);
    assert_eq!(happens(&mut model, 3, What::Removed), (true, false));
    assert_eq!(numbers(&model), [2, 4]);
    assert_eq!(row(&model, 4).parent_id, Some(id(2)));
    assert_eq!(happens(&mut model, 4, What::State("paused")), (true, false));
    assert_eq!(row(&model, 4).state, "paused");
}

#[test]
fn beyond_the_bound_workspaces_are_counted_and_ours_has_its_place() {
    let mut all: Vec<_> = (10..10 + MOST as u128).map(|n| peer(n, "online")).collect();
    all.push(peer(OURS, "online"));
    let mut model = model(all);
    assert_eq!((model.rows().len(), model.hidden()), (MOST, 1));
    assert!(row(&model, OURS).ours);
    assert_eq!(
        happens(&mut model, 5, What::Provisioning(Newcomer::default())),
        (false, true)
    );
    assert_eq!(model.rows().len(), MOST);
}

#[test]
fn a_workspace_without_a_name_is_called_by_its_id() {
    let nameless = |name| model(vec![listed(2, "online", json!({"name": name}))]);
    for name in ["", " \n", "\u{7}"] {
        assert_eq!(row(&nameless(name), 2).name, "Unnamed 00000000", "{name:?}");
    }
}

#[test]
fn texts_of_strangers_are_bounded() {
    let long = "x".repeat(5_000);
    let model = model(vec![listed(
        2,
        &long,
        json!({"name": long, "role": long, "runtime": long, "current_task": long, "last_sample_error": long}),
    )]);
    let shown = serde_json::to_string(row(&model, 2)).unwrap();
    assert!(shown.len() < 2_000, "{}", shown.len());
}

#[test]
fn a_list_that_tells_nothing_new_changes_nothing() {
    let rows = || vec![listed(2, "online", json!({})), listed(3, "paused", json!({}))];
    let mut model = model(rows());
    assert!(!model.replace(list(rows())));
    assert!(model.replace(list(vec![listed(2, "online", json!({}))])));
}

#[test]
fn who_is_seen_because_we_may_see_more_or_less_has_neither_come_nor_gone() {
    let narrow = |state| vec![listed(2, state, json!({}))];
    let wide = |state| vec![listed(2, state, json!({})), listed(3, "online", json!({}))];
    let mut model = model(vec![]);
    model.replace(List {
        whole: false,
        ..list(narrow("online"))
    });
    assert_eq!(model.take_moved(), []);
    model.replace(list(wide("paused")));
    let moved = model.take_moved();
    assert_eq!((moved.len(), moved[0].workspace), (1, id(2)), "{moved:?}");
    model.replace(List {
        whole: false,
        ..list(narrow("paused"))
    });
    assert_eq!(model.take_moved(), []);
}

#[test]
fn a_change_that_a_late_list_takes_back_and_that_is_made_again_is_one_change() {
    let rows = || vec![listed(2, "online", json!({})), listed(3, "online", json!({}))];
    let mut model = model(rows());
    assert_eq!(model.take_moved(), [], "a first list is no change");
    happens(&mut model, 2, What::Silent);
    let moved = model.take_moved();
    assert_eq!(
        (moved[0].from.as_deref(), moved[0].to.as_deref()),
        (Some("online"), Some("offline"))
    );
    // The list was asked for before, and comes now.
    model.replace(list(rows()));
    happens(&mut model, 2, What::Silent);
    assert_eq!(model.take_moved(), []);
    // Newer platforms give it another name in lists.
    model.replace(list(vec![listed(2, "awaiting_agent", json!({}))]));
    let moved = model.take_moved();
    assert_eq!(
        (moved.len(), moved[0].workspace, &moved[0].to),
        (1, id(3), &None),
        "only the third has gone"
    );
}

/// The platform's truth, as a list tells it: number, state and parent of each.
type Truth = Vec<(u128, &'static str, Option<u128>)>;

fn truth() -> impl Strategy<Value = Truth> {
    let state = prop::sample::select(vec![
        "online",
        "offline",
        "awaiting_agent",
        "paused",
        "removed",
        "dreaming",
    ]);
    prop::collection::vec((0..8_u128, state, prop::option::of(0..9_u128)), 0..8)
}

fn as_list(truth: &Truth) -> Vec<Workspace> {
    let row = |(number, state, parent): &(u128, &'static str, Option<u128>)| {
        listed(*number, state, json!({"parent_id": parent.map(id)}))
    };
    truth.iter().map(row).collect()
}

fn any_what() -> impl Strategy<Value = What> {
    let newcomer = Newcomer {
        name: "New".into(),
        ..Newcomer::default()
    };
    prop::sample::select(vec![
        What::Provisioning(newcomer),
        What::State("online"),
        What::State("paused"),
        What::State("awaiting_agent"),
        What::Silent,
        What::Trouble("degraded", Some("error".into())),
        What::Trouble("failed", None),
        What::Removed,
        BEAT,
        What::Task {
            current: Some("task".into()),
            active_tasks: None,
        },
        What::Boot {
            step: Some("step".into()),
        },
        What::Card,
        What::Unclear,
    ])
}

/// A list, or something that happens.
fn any_step() -> impl Strategy<Value = Result<Truth, (u128, What)>> {
    prop_oneof![
        truth().prop_map(Ok),
        (0..9_u128, any_what()).prop_map(Err),
        (0..9_u128, any_what()).prop_map(Err),
    ]
}

/// What lists alone tell: not what was only seen happening, nor what explains a state.
fn told(model: &Model) -> Vec<OrgWorkspace> {
    let without = |row: &std::sync::Arc<OrgWorkspace>| OrgWorkspace {
        since: None,
        last_seen: None,
        error: None,
        ..OrgWorkspace::clone(row)
    };
    model.rows().iter().map(without).collect()
}

proptest! {
    #[test]
    fn whatever_happened_a_list_ends_in_the_picture_of_a_fresh_start(
        steps in prop::collection::vec(any_step(), 0..40),
        last in truth(),
    ) {
        let mut model = Model::new(id(OURS), Vec::new(), true);
        for step in steps {
            match step {
                Ok(rows) => { model.replace(list(as_list(&rows))); }
                Err((number, what)) => { happens(&mut model, number, what); }
            }
            // Whatever happens, nobody is there twice, and everybody is found.
            let once: BTreeSet<_> = numbers(&model).into_iter().collect();
            prop_assert_eq!(once.len(), model.rows().len());
            for number in once {
                prop_assert!(happens(&mut model, number, BEAT).0 || row(&model, number).last_seen.is_some());
            }
        }
        model.replace(list(as_list(&last)));
        let mut fresh = Model::new(id(OURS), Vec::new(), true);
        fresh.replace(list(as_list(&last)));
        prop_assert_eq!(told(&model), told(&fresh));
    }

    #[test]
    fn what_happens_twice_in_a_row_changes_nothing_the_second_time(
        rows in truth(), number in 0..9_u128, what in any_what(),
    ) {
        let mut model = model(as_list(&rows));
        happens(&mut model, number, what.clone());
        let once = model.rows().to_vec();
        let (changed, _) = happens(&mut model, number, what);
        prop_assert!(!changed);
        prop_assert_eq!(once, model.rows().to_vec());
    }

    /// A list that was asked for before something happened, and came after it.
    #[test]
    fn what_happened_while_a_list_was_on_its_way_is_not_undone_by_it(
        rows in truth(), number in 0..8_u128, what in any_what(),
    ) {
        let mut model = model(as_list(&rows));
        happens(&mut model, number, what.clone());
        let state = |model: &Model| model.rows().iter().find(|row| row.id == id(number)).map(|row| row.state.clone());
        let after = state(&model);
        model.replace(list(as_list(&rows)));
        happens(&mut model, number, what);
        prop_assert_eq!(state(&model), after);
    }
}
