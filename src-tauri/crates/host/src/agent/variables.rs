//! Names of environment variables: which can be one, which are Ligand's own, and which change how programs load or
//! behave, so that a workspace's secret must not set them unasked.

/// Bytes of a name. Real ones have a few dozen; nobody could read a list of longer ones.
const NAME_LIMIT: usize = 255;

/// What Ligand gives or keeps back itself: the host's own variables for use without a screen, and the agent's.
const LIGANDS: [&str; 6] = [
    "PLATFORM_URL",
    "WORKSPACE_ID",
    "PORT",
    "PUBLIC_URL",
    "MOLECULE_WORKSPACE_TOKEN",
    "MOLECULE_ORG_ID",
];

/// Beginnings of names that loaders, interpreters and tools read before or beside the program's own code.
const BEGINNINGS: [&str; 34] = [
    "LD_",
    "DYLD_",
    "PYTHON",
    "PERL",
    "RUBY",
    "GIT_",
    "BASH_FUNC_",
    "NPM_CONFIG_",
    "PIP_",
    "UV_",
    "CARGO_",
    "DOTNET_",
    "CORECLR_",
    "COR_",
    "GCONV_",
    "GLIBC_",
    "MALLOC_",
    "OPENSSL_",
    "SSL_CERT_",
    "XDG_",
    "SYSTEMD_",
    "BUNDLE_",
    "GEM_",
    "LUA_",
    "PHP",
    "GTK_",
    "QT_",
    "ELECTRON_",
    "JAVA_",
    "MAVEN_",
    "GRADLE_",
    "CONDA_",
    "VIRTUAL_ENV",
    "DBUS_",
];

/// Ends of names, as of `HTTPS_PROXY`: they say where everything that the program sends goes.
const ENDS: [&str; 1] = ["_PROXY"];

/// Whole names.
const WHOLE: [&str; 48] = [
    "PATH",
    "PATHEXT",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "PWD",
    "TMPDIR",
    "TMP",
    "TEMP",
    "TERM",
    "LANG",
    "IFS",
    "ENV",
    "PS4",
    "CDPATH",
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "PROMPT_COMMAND",
    "ZDOTDIR",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "CLASSPATH",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSLKEYLOGFILE",
    "LOCPATH",
    "NLSPATH",
    "HOSTALIASES",
    "RES_OPTIONS",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "DISPLAY",
    "COMSPEC",
    "SYSTEMROOT",
    "WINDIR",
    "PSMODULEPATH",
    "USERPROFILE",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
];

/// Whether a variable can have this name, and why not.
pub(crate) fn name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.len() > NAME_LIMIT {
        return Err("it is longer than 255 bytes");
    }
    let plain = |char: char| char != '=' && !char.is_control() && !char.is_whitespace();
    if name.chars().all(plain) {
        Ok(())
    } else {
        Err("it has a character that none may have")
    }
}

/// Whether it is Ligand's to give or to keep.
pub(crate) fn is_ligands(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.starts_with("LIGAND_") || LIGANDS.contains(&name.as_str())
}

/// Whether it changes how programs load or behave. Small letters are the same: some of these are read in both.
pub(crate) fn is_dangerous(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    WHOLE.contains(&name.as_str())
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        || ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_change_how_programs_load_or_behave_are_known_in_any_spelling() {
        for bad in [
            "PATH",
            "Path",
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "NODE_OPTIONS",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "BASH_ENV",
            "GIT_SSH_COMMAND",
            "https_proxy",
            "ALL_PROXY",
            "NO_PROXY",
            "SSL_CERT_FILE",
            "JAVA_TOOL_OPTIONS",
            "IFS",
            "ENV",
            "SHELLOPTS",
            "PERL5OPT",
            "RUBYOPT",
            "CLASSPATH",
        ] {
            assert!(is_dangerous(bad), "{bad}");
        }
        for good in [
            "OPENAI_API_KEY",
            "DATABASE_URL",
            "MY_PATH",
            "PROXY_TOKEN",
            "environment",
        ] {
            assert!(!is_dangerous(good), "{good}");
        }
    }

    #[test]
    fn what_is_ligands_is_known() {
        for ours in [
            "PORT",
            "WORKSPACE_ID",
            "LIGAND_VAULT",
            "ligand_x",
            "MOLECULE_WORKSPACE_TOKEN",
        ] {
            assert!(is_ligands(ours), "{ours}");
        }
        assert!(!is_ligands("MOLECULE_THEME") && !is_ligands("LIGANDS"));
    }

    #[test]
    fn a_name_that_no_variable_can_have_is_none() {
        for bad in ["", "A=B", "A\0", "A\nB", "A B"] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(name(&"A".repeat(256)).is_err() && name(&"A".repeat(255)).is_ok());
        assert!(name("ÄPFEL_1").is_ok());
    }
}
