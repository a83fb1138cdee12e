//! `ligand doctor`: the checklist of one profile. A running host looks itself; without one it is done here, with the
//! host's lock while the vault is read.

use ligand_host::{
    config::{Config, ProfileName},
    doctor::{self, DoctorReport, Verdict},
    places::Places,
};
use ligand_hosting::{Turn, take_turn};

use super::{configured, meant_profile};
use crate::{
    args::Doctor,
    doctor_text::{self, Marks},
    failure::Failure,
    out,
};

/// Runs the command.
pub(crate) async fn run(places: &Places, args: Doctor) -> Result<(), Failure> {
    let report = match take_turn(places).await? {
        Turn::Ours(lock) => {
            let profile = to_look_at(places, args.profile)?;
            doctor::without_host(places, lock, profile).await
        }
        Turn::Theirs(client) => {
            let profile = meant_profile(&client, args.profile).await?;
            client.doctor(&profile).await?
        }
    };
    let text = match args.json {
        true => serde_json::to_string_pretty(&report).map_err(Failure::failed)? + "\n",
        false => doctor_text::text(&report, Marks::of_environment()),
    };
    out::print(&text)?;
    match report.has_problem() {
        true => Err(Failure::failed(words(&report))),
        false => Ok(()),
    }
}

/// The profile that is meant, among those of the config. None where the config cannot be read or has none: that is
/// the first thing then that the checklist says.
fn to_look_at(places: &Places, named: Option<ProfileName>) -> Result<Option<ProfileName>, Failure> {
    let Ok(config) = Config::load(places) else {
        return Ok(named);
    };
    if config.profiles.is_empty() && named.is_none() {
        return Ok(None);
    }
    configured(places, &config, named).map(Some)
}

fn words(report: &DoctorReport) -> String {
    let problems = report
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Problem);
    match problems.count() {
        1 => "there is 1 problem; what to do stands below it".to_owned(),
        several => format!("there are {several} problems; what to do stands below each"),
    }
}
