//! Brings an archive onto the disk, with as many bytes as are allowed and no more: from the platform by its name, from
//! an address, or from a file. Only the platform is shown a credential.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{Url, redirect::Policy};
use serde::{Deserialize, Serialize};
use tokio::{
    fs::File,
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
};

use super::{MAX_PACKED, fault::PluginError, manifest::PluginName};
use crate::{
    config::{Profile, is_loopback},
    files,
    org::text::line,
    proxy::Proxies,
    vault::{Account, Kind, Vault},
};
use ligand_platform::{BaseUrl, Platform, Token};

/// How long all of it may take. The platform may take 5 min before it begins.
const DEADLINE: Duration = Duration::from_secs(600);
/// How long name look-up, connection and TLS may take together.
const CONNECT: Duration = Duration::from_secs(10);
/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(30);
/// Addresses that may follow one another: those that serve releases have two.
const REDIRECTS: usize = 5;
/// What is said of every other address.
const HTTPS_ONLY: &str = "a plugin is fetched over https only";
/// Characters of a source that are kept.
const SOURCE: usize = 300;

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PluginSource {
    /// The platform, by this name.
    Name {
        /// The name.
        name: PluginName,
    },
    /// An address, over https unless it is on this machine.
    Url {
        /// The address.
        url: Url,
    },
    /// A file of this machine.
    File {
        /// Its absolute path.
        path: PathBuf,
    },
}

impl PluginSource {
    /// What somebody means who types this in that folder: an address has a scheme, and a file a slash or the ending of
    /// an archive.
    ///
    /// # Errors
    /// When it can be none of them; the text says why.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        if text.contains("://") {
            let url = Url::parse(text).map_err(|error| format!("that is no address: {error}"))?;
            if !url.username().is_empty() || url.password().is_some() {
                return Err(
                    "an address with a user name or a password in it is not taken; fetch it yourself, and give the file"
                        .to_owned(),
                );
            }
            return match is_safe(&url) {
                true => Ok(Self::Url { url }),
                false => Err(HTTPS_ONLY.to_owned()),
            };
        }
        let is_file = text.contains(['/', std::path::MAIN_SEPARATOR])
            || [".tar.gz", ".tgz"].iter().any(|ending| text.ends_with(ending));
        if is_file {
            return Ok(Self::File {
                path: folder.join(text),
            });
        }
        text.parse()
            .map(|name| Self::Name { name })
            .map_err(|error| error.to_string())
    }

    /// Whether the workspace's token is needed for it.
    #[must_use]
    pub fn needs_vault(&self) -> bool {
        matches!(self, Self::Name { .. })
    }
}

/// Whether nobody on the way can change what comes from there.
fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Writes the archive to a file, and says where it came from. No secret of an address is in that.
pub(super) async fn fetch(
    into: &Path,
    source: &PluginSource,
    profile: &Profile,
    proxies: &Proxies,
    vault: Option<&Vault>,
) -> Result<String, PluginError> {
    let fetched = async {
        let mut file = Bounded::create(into).await?;
        let from = match source {
            PluginSource::Name { name } => from_platform(&mut file, name, profile, proxies, vault).await?,
            PluginSource::Url { url } => from_address(&mut file, url, proxies).await?,
            PluginSource::File { path } => from_file(&mut file, path).await?,
        };
        file.close().await?;
        Ok::<_, PluginError>(line(&from, SOURCE))
    };
    tokio::time::timeout(DEADLINE, fetched)
        .await
        .unwrap_or(Err(PluginError::TooSlow(DEADLINE.as_secs())))
}

async fn from_platform(
    file: &mut Bounded,
    name: &PluginName,
    profile: &Profile,
    proxies: &Proxies,
    vault: Option<&Vault>,
) -> Result<String, PluginError> {
    let account = Account::new(&profile.platform, profile.workspace, Kind::Token);
    let token = match vault {
        Some(vault) => vault.get(&account).await?,
        None => None,
    };
    let token = Token::new(token.ok_or(PluginError::NoToken)?.expose());
    let base = profile
        .platform
        .parse::<BaseUrl>()
        .map_err(|error| PluginError::Fetch(format!("the platform's address is none: {error}")))?;
    let platform = Platform::through(base, profile.org_id.clone(), proxies.configured())?;
    let mut archive = platform.plugin(&token, profile.workspace, name.as_str()).await?;
    let from = archive
        .source()
        .map_or_else(|| format!("platform://{name}"), str::to_owned);
    while let Some(piece) = archive.next().await? {
        file.write(&piece).await?;
    }
    Ok(from)
}

async fn from_address(file: &mut Bounded, url: &Url, proxies: &Proxies) -> Result<String, PluginError> {
    let failed = |error: reqwest::Error| {
        // Without the address, which may hold a signature that lets others in.
        PluginError::Fetch(deepest(&error.without_url()))
    };
    if !is_safe(url) {
        return Err(PluginError::Fetch(HTTPS_ONLY.to_owned()));
    }
    let http = client(url, proxies).map_err(failed)?;
    let mut response = http.get(url.clone()).send().await.map_err(failed)?;
    if !response.status().is_success() {
        let status = response.status();
        return Err(PluginError::Fetch(format!("the address answers {status}")));
    }
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        file.write(&piece).await?;
    }
    let mut from = url.clone();
    from.set_query(None);
    from.set_fragment(None);
    Ok(from.into())
}

/// A client that shows nobody anything but what it fetches, and goes on to https only.
fn client(url: &Url, proxies: &Proxies) -> reqwest::Result<reqwest::Client> {
    let here = is_loopback(url);
    let onward = Policy::custom(move |attempt| {
        // Nobody else sends us back to this machine.
        let is_allowed = attempt.url().scheme() == "https" || (here && is_safe(attempt.url()));
        match is_allowed && attempt.previous().len() <= REDIRECTS {
            true => attempt.follow(),
            false => attempt.error("it leads to an address that is not https, or further and further"),
        }
    });
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(onward)
        .referer(false)
        .user_agent(concat!("ligand/", env!("CARGO_PKG_VERSION")));
    if here {
        builder = builder.no_proxy();
    } else if let Some(proxy) = proxies.configured() {
        builder = builder.proxy(proxy);
    }
    builder.build()
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

async fn from_file(file: &mut Bounded, path: &Path) -> Result<String, PluginError> {
    let named = |error: io::Error| files::named(path, &error);
    // A pipe would be waited for, and a device has no end.
    if !tokio::fs::metadata(path).await.map_err(named)?.is_file() {
        return Err(PluginError::Fetch(format!("{} is no file", path.display())));
    }
    let mut from = File::open(path).await.map_err(named)?;
    file.copy(&mut from).await?;
    Ok(format!("file://{}", path.display()))
}

/// A new file that takes as many bytes as an archive may have.
struct Bounded {
    file: File,
    room: u64,
}

impl Bounded {
    async fn create(path: &Path) -> io::Result<Self> {
        let file = File::create_new(path).await;
        Ok(Self {
            file: file.map_err(|error| files::named(path, &error))?,
            room: MAX_PACKED,
        })
    }

    async fn write(&mut self, piece: &[u8]) -> Result<(), PluginError> {
        let room = self.room.checked_sub(piece.len() as u64);
        self.room = room.ok_or(PluginError::TooLargePacked)?;
        Ok(self.file.write_all(piece).await?)
    }

    async fn copy(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<(), PluginError> {
        let copied = tokio::io::copy(&mut from.take(self.room + 1), &mut self.file).await?;
        self.room = self.room.checked_sub(copied).ok_or(PluginError::TooLargePacked)?;
        Ok(())
    }

    async fn close(mut self) -> io::Result<()> {
        self.file.flush().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<PluginSource, String> {
        PluginSource::parse(text, Path::new("/home/ada"))
    }

    #[test]
    fn what_is_typed_is_a_name_an_address_or_a_file() {
        let name = "careful-bash".parse().unwrap();
        assert_eq!(parse("careful-bash"), Ok(PluginSource::Name { name }));
        for (text, path) in [
            ("a.tar.gz", "/home/ada/a.tar.gz"),
            ("./a", "/home/ada/./a"),
            ("/tmp/a.tgz", "/tmp/a.tgz"),
        ] {
            let path = path.into();
            assert_eq!(parse(text), Ok(PluginSource::File { path }));
        }
        for text in ["https://example.org/a.tar.gz", "http://127.0.0.1:8000/a.tgz"] {
            let url = text.parse().unwrap();
            assert_eq!(parse(text), Ok(PluginSource::Url { url }));
        }
        assert!(parse("careful-bash").unwrap().needs_vault());
        assert!(!parse("./a").unwrap().needs_vault());
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        for text in [
            "",
            "..",
            "a b",
            "http://example.org/a.tgz",
            "file:///etc/passwd",
            "ftp://example.org/a",
            "https://ada:hush@example.org/a",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[tokio::test]
    async fn more_bytes_than_are_allowed_are_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Bounded::create(&folder.path().join("a")).await.unwrap();
        file.room = 10;
        file.write(b"12345678").await.unwrap();
        let error = file.write(b"901").await.unwrap_err();
        assert_eq!(error.code(), "plugin_too_large");
        assert!(error.to_string().contains("100 MiB"), "{error}");
        let error = file.copy(&mut tokio::io::repeat(0)).await.unwrap_err();
        assert_eq!(error.code(), "plugin_too_large");
    }

    #[tokio::test]
    async fn a_pipe_or_a_device_is_no_archive() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Bounded::create(&folder.path().join("a")).await.unwrap();
        let error = from_file(&mut file, Path::new("/dev/zero")).await.unwrap_err();
        assert_eq!(error.code(), "plugin_unreachable");
        let error = from_file(&mut file, &folder.path().join("b")).await.unwrap_err();
        assert!(error.to_string().contains("/b"), "{error}");
    }

    #[tokio::test]
    async fn an_address_that_leads_on_without_tls_is_not_followed_and_not_told() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a?signature=hush", listener.local_addr().unwrap());
        let onward = [("location", "http://192.0.2.1/a?signature=hush")];
        let router = axum::Router::new().fallback(async move || (axum::http::StatusCode::FOUND, onward));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let mut file = Bounded::create(&folder.path().join("a")).await.unwrap();
        let error = from_address(&mut file, &url.parse().unwrap(), &Proxies::default()).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("not https") && !error.contains("hush"), "{error}");
        server.abort();

        let open = Url::parse("http://192.0.2.1/a").unwrap();
        let error = from_address(&mut file, &open, &Proxies::default())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("https only"), "{error}");
    }
}
