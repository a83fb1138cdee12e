//! The container file and the Kubernetes example say what the host understands. Neither is built or run here.

const CONTAINER: &str = include_str!("../deploy/Containerfile");
const KUBERNETES: &str = include_str!("../deploy/kubernetes.yaml");
const WORDS: &str = include_str!("../HEADLESS.md");

#[test]
fn the_examples_set_no_variable_that_is_not_described() {
    let of_pod = KUBERNETES
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- name: "));
    let of_image = CONTAINER.lines().filter_map(|line| {
        let assigned = line.trim().trim_start_matches("ENV ").split_once('=')?.0;
        Some(assigned)
    });
    let is_variable = |name: &&str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let names: Vec<&str> = of_pod.chain(of_image).filter(is_variable).collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        assert!(WORDS.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_pod_is_not_root_cannot_write_and_is_probed_where_the_host_answers() {
    for part in [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "path: /healthz",
        "path: /.well-known/agent-card.json",
        "secretKeyRef:",
        "type: Recreate",
    ] {
        assert!(KUBERNETES.contains(part), "{part}");
    }
    assert!(CONTAINER.contains("USER 65532:65532") && CONTAINER.contains("\"up\", \"--headless\""));
}

#[test]
fn the_pod_is_given_the_time_that_messages_in_flight_have() {
    let grace = KUBERNETES
        .lines()
        .find_map(|line| line.trim().strip_prefix("terminationGracePeriodSeconds: "));
    assert!(grace.unwrap().parse::<u64>().unwrap() > 10);
}
