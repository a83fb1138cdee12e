//! Whether this process runs in a container: what says so.
//!
//! Only a hint for where a platform may be; nothing is trusted because of it.

use std::fmt;
use std::fs;
use std::path::Path;

use super::Look;

/// Files that engines put into their containers.
const MARKS: [&str; 2] = [".dockerenv", "run/.containerenv"];

/// Variables that they set: systemd-nspawn and Podman, Kubernetes.
const VARIABLES: [&str; 2] = ["container", "KUBERNETES_SERVICE_HOST"];

/// What the first process's control group is called in them.
const GROUPS: [&str; 5] = ["docker", "kubepods", "containerd", "libpod", "lxc"];

/// This process is in a container, and this is what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container(String);

impl Container {
    /// Looks at the environment and at the files of this system.
    #[must_use]
    pub fn around(look: Look<'_>) -> Option<Self> {
        Self::below(Path::new("/"), look)
    }

    fn below(root: &Path, look: Look<'_>) -> Option<Self> {
        let mark = MARKS.into_iter().find(|mark| root.join(mark).exists());
        let variable = || VARIABLES.into_iter().find(|name| look(name).is_some());
        let group = || {
            let groups = fs::read_to_string(root.join("proc/1/cgroup")).unwrap_or_default();
            GROUPS.into_iter().find(|group| groups.contains(group))
        };
        mark.map(|mark| format!("/{mark} is there"))
            .or_else(|| variable().map(|name| format!("{name} is set")))
            .or_else(|| group().map(|group| format!("its control group is one of {group}")))
            .map(Self)
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_told_by_its_mark_its_variables_or_its_control_group_and_nothing_else_is_one() {
        let root = tempfile::tempdir().unwrap();
        let unset = |_: &str| None;
        let says = |look: Look<'_>| Container::below(root.path(), look).map(|found| found.to_string());
        assert_eq!(says(&unset), None);
        fs::create_dir_all(root.path().join("proc/1")).unwrap();
        fs::write(root.path().join("proc/1/cgroup"), "0::/init.scope\n").unwrap();
        assert_eq!(says(&unset), None);
        fs::write(root.path().join("proc/1/cgroup"), "0::/kubepods/burstable/pod1\n").unwrap();
        assert_eq!(says(&unset).unwrap(), "its control group is one of kubepods");
        let podman = |name: &str| (name == "container").then(|| "podman".to_owned());
        assert_eq!(says(&podman).unwrap(), "container is set");
        fs::write(root.path().join(".dockerenv"), "").unwrap();
        assert_eq!(says(&podman).unwrap(), "/.dockerenv is there");
    }
}
