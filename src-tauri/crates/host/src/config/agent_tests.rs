//! What the agent's table may say.

use super::super::*;
use super::*;

fn read(agent: &str) -> Result<AgentConfig, String> {
    let text = format!(
        "[profile.home]\nplatform = \"https://acme.example\"\nworkspace = \"00000000-0000-0000-0000-000000000001\"\n\
         [profile.home.exposure]\nkind = \"poll\"\n[profile.home.agent]\n{agent}\n"
    );
    let config = Config::parse(std::path::Path::new("/c"), &text).map_err(|error| error.to_string())?;
    Ok(config.profiles[&"home".parse().unwrap()].agent.clone())
}

#[test]
fn a_program_is_read_with_its_folder_its_limit_and_its_variables() {
    let exec = read(
        "kind = \"exec\"\nargv = [\"./answer.sh\", \"--brief\"]\ndir = \"/home/ann\"\ntime_limit_s = 5\nenv = { A = \"1\" }",
    );
    let AgentConfig::Exec(exec) = exec.unwrap() else {
        panic!("another kind")
    };
    assert_eq!(
        (exec.program(), exec.arguments()),
        ("./answer.sh", &["--brief".to_owned()][..])
    );
    assert_eq!(
        (exec.name(), exec.dir.as_str(), exec.time_limit_s),
        ("answer.sh", "/home/ann", 5)
    );
    assert_eq!(exec.env["A"], "1");
    let least = read("kind = \"exec\"\nargv = [\"cat\"]\ndir = \"/\"").unwrap();
    assert_eq!(
        least,
        AgentConfig::Exec(ExecConfig::new(vec!["cat".into()], "/".into()))
    );
}

#[test]
fn claude_code_is_read_with_its_folder_and_its_tools() {
    let claude = read(
        "kind = \"claude\"\ndir = \"/home/ann\"\ntools = [\"Read\", \"Bash(git log:*)\", \"mcp__a__b\"]",
    );
    let tools = ["Read", "Bash(git log:*)", "mcp__a__b"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(
        claude.unwrap(),
        AgentConfig::Claude(ClaudeConfig::new("/home/ann".into(), tools))
    );
}

#[test]
fn what_would_skip_claude_codes_permission_rules_is_refused_with_the_reason() {
    for line in [
        "args = [\"--dangerously-skip-permissions\"]",
        "argv = [\"claude\"]",
        "permission_mode = \"bypassPermissions\"",
        "dangerously_skip_permissions = true",
    ] {
        let error = read(&format!("kind = \"claude\"\ndir = \"/\"\n{line}")).unwrap_err();
        assert!(error.contains("strangers") && error.contains("tools"), "{error}");
    }
    for tool in [
        "--dangerously-skip-permissions",
        "-p",
        "*",
        "Read --permission-mode",
        "Read,Bash",
        "",
        "Read(",
        "Read\\n",
        "Bash",
        "Bash(*)",
        "Bash(:*)",
    ] {
        let error = read(&format!("kind = \"claude\"\ndir = \"/\"\ntools = [\"{tool}\"]"));
        assert!(error.is_err(), "{tool}");
    }
    for model in ["--dangerously-skip-permissions", "", "a b", "a\\nb"] {
        let error = read(&format!("kind = \"claude\"\ndir = \"/\"\nmodel = \"{model}\""));
        assert!(error.unwrap_err().contains("no model's name"), "{model}");
    }
}

#[test]
fn what_no_program_could_be_run_with_is_told_where_it_stands() {
    for (lines, place, word) in [
        ("dir = \"/\"", "/c:6:", "argv is missing"),
        ("argv = []\ndir = \"/\"", "/c:8:8:", "no program"),
        ("argv = \"cat\"\ndir = \"/\"", "/c:8:8:", "a list of texts"),
        ("argv = [1]\ndir = \"/\"", "/c:8:8:", "a list of texts"),
        ("argv = [\"a\\u0000\"]\ndir = \"/\"", "/c:8:8:", "NUL"),
        ("argv = [\"cat\"]", "/c:6:", "dir is missing"),
        ("argv = [\"cat\"]\ndir = \"here\"", "/c:9:7:", "absolute"),
        (
            "argv = [\"cat\"]\ndir = \"/\"\ntime_limit_s = 0",
            "/c:10:16:",
            "time_limit_s is 0",
        ),
        (
            "argv = [\"cat\"]\ndir = \"/\"\nenv = { \"A B\" = \"1\" }",
            "/c:10:",
            "cannot name",
        ),
        (
            "argv = [\"cat\"]\ndir = \"/\"\nenv = { A = 1 }",
            "/c:10:",
            "text in quotes",
        ),
        (
            "argv = [\"cat\"]\ndir = \"/\"\nenv.LIGAND_X = \"1\"",
            "/c:10:",
            "Ligand's own",
        ),
        (
            "argv = [\"cat\"]\ndir = \"/\"\ntools = []",
            "/c:10:1:",
            "unknown key \"tools\"",
        ),
    ] {
        let error = read(&format!("kind = \"exec\"\n{lines}")).unwrap_err();
        assert!(
            error.starts_with(place) && error.contains(word),
            "{lines}: {error}"
        );
    }
}
