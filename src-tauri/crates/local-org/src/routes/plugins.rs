//! Plugins, which an agent outside fetches itself: a folder of the org's, packed on the way out.
//!
//! There is no catalogue and no installing: the platform installs into containers only.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::asked::{Pair, Params, Segment};
use super::{Reply, enter, own};
use crate::auth::Bearer;
use crate::org::Org;
use crate::refusal::Refusal;

/// The most bytes that a plugin may have unpacked; the platform's number.
const MAX_UNPACKED: u64 = 100 << 20;
/// How deep its folders may go.
const MAX_DEPTH: usize = 16;

/// `POST /workspaces/:id/plugins`: a workspace outside has no container to install into.
pub(crate) async fn install(State(org): State<Arc<Org>>, Segment(id): Segment, headers: HeaderMap) -> Reply {
    enter(&org, &headers, id).await?;
    let text = "workspace container not running";
    Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, text))
}

/// `GET /workspaces/:id/plugins/:name/download`: a gzipped tar archive.
pub(crate) async fn download(
    State(org): State<Arc<Org>>,
    Pair(id, name): Pair,
    params: Params,
    headers: HeaderMap,
) -> Reply {
    enter(&org, &headers, id.clone()).await?;
    if !is_a_name(&name) {
        return Err(Refusal::bad_request("invalid plugin name"));
    }
    let bearer = Bearer::of(&headers);
    org.store.run(move |tx| own(tx, &bearer, &id)).await?;
    let source = params.get("source").filter(|source| !source.is_empty());
    let source = source.map_or_else(|| format!("local://{name}"), ToOwned::to_owned);
    let folder = find(org.plugins.as_deref(), &source, &name)?;
    let packing = tokio::task::spawn_blocking(move || pack(&folder));
    let packed = packing.await.map_err(|_| broken(&name))?;
    let archive = packed.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => {
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the plugin is larger than 100 MiB")
        }
        _ => broken(&name),
    })?;
    let attachment = format!("attachment; filename=\"{name}.tar.gz\"");
    let headers = [
        (header::CONTENT_TYPE.as_str(), "application/gzip".to_owned()),
        (header::CONTENT_DISPOSITION.as_str(), attachment),
        ("x-plugin-name", name),
        ("x-plugin-source", source),
    ];
    Ok((headers, archive).into_response())
}

fn broken(name: &str) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed to pack plugin").with("plugin", name)
}

/// Whether it names one folder. What can't stand in a header can't name one either.
fn is_a_name(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && !name.contains("..")
        && name
            .chars()
            .all(|char| !matches!(char, '/' | '\\' | '"') && (' '..='~').contains(&char))
}

/// The folder that a source means.
fn find(plugins: Option<&Path>, source: &str, name: &str) -> Result<PathBuf, Refusal> {
    let (scheme, found) = source
        .split_once("://")
        .ok_or_else(|| Refusal::bad_request("invalid plugin source"))?;
    if scheme != "local" || !is_a_name(found) {
        return Err(Refusal::bad_request("invalid plugin source"));
    }
    let missing = || Refusal::not_found("failed to fetch plugin from local").with("source", source);
    let folder = plugins.ok_or_else(missing)?.join(found);
    if !folder.is_dir() {
        return Err(missing());
    }
    if found == name {
        return Ok(folder);
    }
    let text = format!("source resolved to plugin {found:?} but URL requested {name:?}");
    Err(Refusal::bad_request(text)
        .with("resolved_name", found)
        .with("requested_name", name))
}

/// Packs the files and folders of a plugin; links are left out.
fn pack(folder: &Path) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    archive.follow_symlinks(false);
    let mut room = MAX_UNPACKED;
    add(&mut archive, folder, Path::new(""), &mut room, MAX_DEPTH)?;
    let mut gzip = archive.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}

fn add(
    archive: &mut tar::Builder<GzEncoder<Vec<u8>>>,
    folder: &Path,
    under: &Path,
    room: &mut u64,
    depth: usize,
) -> io::Result<()> {
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    let depth = depth.checked_sub(1).ok_or_else(too_large)?;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (under.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() {
            archive.append_dir(&path, entry.path())?;
            add(archive, &entry.path(), &path, room, depth)?;
        } else if kind.is_file() {
            *room = room.checked_sub(entry.metadata()?.len()).ok_or_else(too_large)?;
            archive.append_path_with_name(entry.path(), &path)?;
        }
    }
    Ok(())
}
