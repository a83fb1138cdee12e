//! The checklist as a person reads it in a terminal: one line per check, and under it what to do.
//!
//! Pure but for [`Marks::of_environment`]: a report in, text out. There are no colours.

use ligand_host::doctor::{DoctorCheck, DoctorReport, Verdict};

use crate::words::plain;

/// The signs before the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// ✓ ! ✗ –
    Signs,
    /// What every terminal can show.
    Ascii,
}

impl Marks {
    /// What this process's terminal can show.
    pub(crate) fn of_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// By the locale, as the system's own programs decide it. Who wants no colours gets the plainest marks.
    fn of(environment: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(set)
            .unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let is_utf8 = cfg!(windows) || locale.contains("utf-8") || locale.contains("utf8");
        match is_utf8 && set("NO_COLOR").is_none() {
            true => Self::Signs,
            false => Self::Ascii,
        }
    }

    fn mark(self, verdict: Verdict) -> &'static str {
        match (self, verdict) {
            (Self::Signs, Verdict::Ok) => "✓",
            (Self::Signs, Verdict::Problem) => "✗",
            (Self::Signs, Verdict::Skipped) => "–",
            (Self::Ascii, Verdict::Ok) => "+",
            (Self::Ascii, Verdict::Problem) => "x",
            (Self::Ascii, Verdict::Skipped) => "-",
            (_, Verdict::Warning) => "!",
        }
    }
}

/// The whole report, ending with a line end.
pub(crate) fn text(report: &DoctorReport, marks: Marks) -> String {
    let widths = report.checks.iter().map(|check| check.title.chars().count());
    let width = widths.max().unwrap_or_default();
    let mut text = String::new();
    if let Some(profile) = &report.profile {
        text += &format!("Profile {}\n\n", plain(profile));
    }
    for check in &report.checks {
        text += &line(check, marks, width);
    }
    text
}

fn line(check: &DoctorCheck, marks: Marks, width: usize) -> String {
    let mark = marks.mark(check.verdict);
    let (title, mut found) = (plain(&check.title), plain(&check.found));
    if marks == Marks::Ascii {
        found = found.replace(['“', '”'], "\"");
    }
    let mut text = format!("{mark} {title:width$}  {found}\n");
    if let Some(next) = &check.next {
        text += &format!("  {:width$}  {}\n", "", plain(next));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(title: &str, verdict: Verdict, found: &str, next: Option<&str>) -> DoctorCheck {
        DoctorCheck {
            code: "c".to_owned(),
            title: title.to_owned(),
            verdict,
            found: found.to_owned(),
            next: next.map(str::to_owned),
        }
    }

    fn report() -> DoctorReport {
        DoctorReport {
            schema: 1,
            profile: Some("home".to_owned()),
            checks: vec![
                check("Config", Verdict::Ok, "/c, profile home", None),
                check("Clock", Verdict::Warning, "90 s behind", Some("Set it.")),
                check("Token", Verdict::Problem, "refused\u{1b}[2J", Some("Get one.")),
                check("Link", Verdict::Skipped, "not checked: see “Token” (token)", None),
            ],
        }
    }

    #[test]
    fn each_check_is_a_line_with_what_to_do_under_it() {
        assert_eq!(
            text(&report(), Marks::Signs),
            "Profile home\n\n\
             ✓ Config  /c, profile home\n\
             ! Clock   90 s behind\n\
             \x20         Set it.\n\
             ✗ Token   refused\u{fffd}[2J\n\
             \x20         Get one.\n\
             – Link    not checked: see “Token” (token)\n"
        );
        let ascii = text(&report(), Marks::Ascii).replace('\u{fffd}', "?");
        assert!(
            ascii.is_ascii() && ascii.contains("x Token") && ascii.contains("- Link"),
            "{ascii}"
        );
    }

    #[test]
    fn signs_are_shown_where_the_locale_has_them_and_nobody_forbids_it() {
        let of = |variables: &[(&str, &str)]| {
            Marks::of(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[("LANG", "de_DE.UTF-8")]), Marks::Signs);
        assert_eq!(
            of(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]),
            Marks::Signs
        );
        assert_eq!(of(&[("LANG", "en_US.UTF-8"), ("NO_COLOR", "1")]), Marks::Ascii);
        if !cfg!(windows) {
            assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]), Marks::Ascii);
            assert_eq!(of(&[]), Marks::Ascii);
        }
    }
}
